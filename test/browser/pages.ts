// Pages for the browser: of recordings by the command line, of a made-up large capture, and of one full of hostile names.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { drawn } from '../../cli/command/html-report.ts';
import type * as AssetsModule from '../../cli/render/html/assets.ts';
import type * as ComparePageModule from '../../cli/render/html/compare-page.ts';
import type * as PageModule from '../../cli/render/html/page.ts';
import type { PageModel } from '../../cli/render/html/page-model.ts';
import type { Comparison } from '../../core/compare/model.ts';
import { buildReport } from '../../core/report/build.ts';
import type { CaptureInput } from '../../core/report/input.ts';
import { readReportInput } from '../../core/store/report-input.ts';
import { perfDataOf, take, withStore } from '../support/fixtures.ts';
import { acceptq, ROOT } from '../support/run.ts';
import { largeInput } from './large.ts';

/** The page of a recording, by the command; made once. */
export function pageOf(directory: string, name: string): string {
  const path = join(directory, `${name}.html`);
  if (existsSync(path)) return path;
  const { status, stderr } = acceptq(['analyze', perfDataOf(name), '--html', path]);
  if (status !== 0) throw new Error(stderr);
  return path;
}

/** The page of a comparison of two recordings, by the command; made once. */
export function comparePageOf(directory: string, before: string, after: string): string {
  const path = join(directory, `${before}-${after}.html`);
  if (existsSync(path)) return path;
  const args = ['compare', perfDataOf(before), perfDataOf(after), '--fail-on', 'overflows>0,wait_p99>+20%'];
  const { status, stderr } = acceptq([...args, '--html', path]);
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return path;
}

const built = (path: string): string => pathToFileURL(join(ROOT, 'dist', path)).href;

/** Writes a page of a model with the built script and style. */
export async function write(path: string, model: PageModel): Promise<string> {
  const { htmlPage } = (await import(built('cli/render/html/page.js'))) as typeof PageModule;
  const { loadAssets } = (await import(built('cli/render/html/assets.js'))) as typeof AssetsModule;
  writeFileSync(path, htmlPage(model, loadAssets()));
  return path;
}

function inputsOf(name: string): CaptureInput[] {
  return withStore((store) => {
    take(store, perfDataOf(name));
    return readReportInput(store.db);
  });
}

function modelOf(inputs: readonly CaptureInput[]): PageModel {
  const report = buildReport(inputs, { version: 'test' });
  return { report, series: drawn(report, inputs), lost: [], events: new Map() };
}

export const largePage = (directory: string): Promise<string> =>
  write(join(directory, 'large.html'), modelOf([largeInput(inputsOf('node-clamped')[0])]));

/** The page of a recording with its replay, by the command; made once. */
export function replayPageOf(directory: string, name: string, ...args: string[]): string {
  const path = join(directory, `${name}-replay.html`);
  if (existsSync(path)) return path;
  const { status, stderr } = acceptq(['replay', perfDataOf(name), '--resamples', '10', ...args, '--html', path]);
  if (status !== 0) throw new Error(stderr);
  return path;
}

/** With what a replay found, as older reports have it: nothing but points and a note. */
export function whatIfPage(directory: string, overflows: readonly number[]): Promise<string> {
  const model = modelOf(inputsOf('node-clamped'));
  const points = overflows.map((count, k) => ({ backlog: 16 << k, overflows: count, wait_p99_ns: 1e6 * (k + 1) }));
  const curve = { listener: model.report.listeners[0].id, points, note: 'Clients on other hosts are not in it.' };
  return write(join(directory, 'what-if.html'), { ...model, report: { ...model.report, what_if: [curve] } });
}

/** Each text from the capture becomes `evil`: command names, paths, hosts, addresses, whatever findings made of them. */
export function hostilePage(directory: string, name: string, evil: string): Promise<string> {
  const model = modelOf(inputsOf('node-clamped'));
  const kept = new Set([
    'critical',
    'warning',
    'info',
    'ok',
    'exact',
    'lower',
    'estimate',
    'unknown',
    'client',
    'inet',
  ]);
  const spoilt = JSON.parse(JSON.stringify({ report: model.report, series: model.series }), (_, value: unknown) =>
    typeof value === 'string' && !kept.has(value) && !/^(observed|somaxconn|byte|complete|listen-failed)$/.test(value)
      ? evil
      : value,
  ) as Pick<PageModel, 'report' | 'series'>;
  const event = { ...(EVENT as object), comm: evil, local: evil };
  return write(join(directory, name), {
    ...model,
    ...spoilt,
    events: new Map([[0, [event as never]]]),
  });
}

/** A comparison in which each text from a capture, and each condition, is `evil`. */
export async function hostileComparePage(directory: string, evil: string): Promise<string> {
  const { comparePage } = (await import(built('cli/render/html/compare-page.js'))) as typeof ComparePageModule;
  const { loadAssets } = (await import(built('cli/render/html/assets.js'))) as typeof AssetsModule;
  const args = ['compare', perfDataOf('nginx-ab'), perfDataOf('nginx-small-backlog'), '--fail-on', 'overflows>0'];
  const texts = new Set(['path', 'sha256', 'kernel', 'place', 'place_before', 'condition', 'generated_by']);
  const comparison = JSON.parse(acceptq([...args, '--json']).stdout, (key, value: unknown) =>
    texts.has(key) ? evil : value,
  ) as Comparison;
  const [place] = comparison.places;
  const settings = [{ what: 'acceptor names', before: evil, after: evil }] as const;
  const spoilt: Comparison = { ...comparison, places: [{ ...place, settings }], gone: [evil], appeared: [evil] };
  const path = join(directory, 'hostile-compare.html');
  writeFileSync(path, comparePage(spoilt, true, loadAssets().style));
  return path;
}

const EVENT = {
  position: 1,
  stream: 's',
  version: 1,
  at_ns: 1,
  type: 'sk_data_ready',
  cpu: 0,
  pid: 1,
  tid: 1,
  source: 1,
};
