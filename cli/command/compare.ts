// acceptq compare: two captures or stores held against each other, with a gate for load tests.
import { compare } from '../../core/compare/compare.ts';
import { type Gate, GateError, gateFails, parseGate } from '../../core/compare/gate.ts';
import { matchesListener } from '../../core/compare/listener-choice.ts';
import type { Comparison } from '../../core/compare/model.ts';
import type { SideInput } from '../../core/compare/place.ts';
import { readSeries } from '../../core/store/compare-input.ts';
import { compareText } from '../render/compare-text.ts';
import { escapeText } from '../render/escape.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { version } from '../version.ts';
import { reportOf } from './report.ts';
import { openToRead } from './store-to-read.ts';
import { checkPage, writeBeside, writePage } from './write-page.ts';

interface CompareOptions {
  readonly listener?: string;
  readonly failOn?: string;
  readonly beyondNoise?: boolean;
  /** File for the comparison as a page. */
  readonly html?: string;
  /** File for it as Markdown; - prints it in place of the text. */
  readonly markdown?: string;
  readonly json?: boolean;
}

async function sideOf(path: string, which: string | undefined): Promise<SideInput | null> {
  const { store, read } = await openToRead([path], {});
  try {
    if (read !== 'all') return null;
    const report = reportOf(store, {});
    const listeners =
      which === undefined ? report.listeners : report.listeners.filter((of) => matchesListener(of, which));
    const series = readSeries(
      store.db,
      listeners.map(({ id }) => id),
    );
    return { report: { ...report, listeners }, series };
  } finally {
    store.close();
  }
}

function gateOf({ failOn, beyondNoise }: CompareOptions): Gate | null {
  if (failOn === undefined) {
    if (beyondNoise === true) throw new UsageError('--beyond-noise is for --fail-on');
    return null;
  }
  try {
    return parseGate(failOn, beyondNoise === true);
  } catch (error) {
    if (error instanceof GateError) throw new UsageError(`--fail-on: ${escapeText(error.message)}`);
    throw error;
  }
}

function checkOutputs({ html, markdown, json }: CompareOptions): void {
  checkPage(html);
  if (markdown === '-' && json === true) throw new UsageError('--json and --markdown - both print: choose one');
}

/** The page and the Markdown that were asked for; the lines to print in place of the text, if any. */
async function writeForms(comparison: Comparison, gated: boolean, options: CompareOptions): Promise<string[] | null> {
  const { html, markdown } = options;
  if (html !== undefined) {
    const { comparePage } = await import('../render/html/compare-page.ts');
    const { loadStyle } = await import('../render/html/assets.ts');
    writePage(html, () => comparePage(comparison, gated, loadStyle()));
  }
  if (markdown === undefined) return null;
  const { compareMarkdown } = await import('../export/compare-markdown.ts');
  const lines = [...compareMarkdown(comparison, gated)];
  if (markdown === '-') return lines;
  writeBeside('--markdown', markdown, `${lines.join('\n')}\n`);
  return null;
}

export async function compareCaptures(before: string, after: string, options: CompareOptions): Promise<CommandResult> {
  const gate = gateOf(options);
  checkOutputs(options);
  if (before === '-' && after === '-') throw new UsageError('only one of the two can be standard input');
  const sides: SideInput[] = [];
  for (const path of [before, after]) {
    const side = await sideOf(path, options.listener);
    if (side === null) return { exit: 3, json: null, text: () => [] };
    sides.push(side);
  }
  if (options.listener !== undefined && sides.every(({ report }) => report.listeners.length === 0))
    throw new UsageError(`no listener ${escapeText(options.listener)} on either side`);
  const comparison = compare(sides[0], sides[1], version(), gate);
  // a gate that has nothing to hold must not let a load test pass
  const failed = gate !== null && (comparison.places.length === 0 || gateFails(comparison.gate));
  const printed = await writeForms(comparison, gate !== null, options);
  return {
    exit: failed ? 1 : 0,
    json: comparison,
    text: (style) => printed ?? compareText(comparison, gate !== null, style),
  };
}
