// A report as Markdown, for a ticket: verdict, listeners, findings, and what it all rests on.
import type { CaptureReport, Finding, ListenerReport, Report } from '../../core/report/model.ts';
import { formatNs, plural } from '../../core/report/units.ts';
import { markdownCode, markdownText } from '../render/escape-markdown.ts';
import { TICKET_COLUMNS, worstFirst } from './listener-columns.ts';

const MOST_FINDINGS = 6;
const MOST_LISTENERS = 20;

function* listenersTable(report: Report): Generator<string> {
  const several = report.captures.length > 1;
  const columns = [
    ...(several ? [{ title: 'Capture', align: 'right', cell: (of: ListenerReport) => String(of.capture) }] : []),
    ...TICKET_COLUMNS,
  ];
  yield '### Listeners';
  yield '';
  yield `| ${columns.map(({ title }) => title).join(' | ')} |`;
  yield `|${columns.map(({ align }) => (align === 'right' ? ' ---: ' : ' --- ')).join('|')}|`;
  const sorted = worstFirst(report.listeners);
  for (const listener of sorted.slice(0, MOST_LISTENERS))
    yield `| ${columns.map(({ cell }) => markdownText(cell(listener))).join(' | ')} |`;
  const more = sorted.length - MOST_LISTENERS;
  if (more > 0) yield* ['', `${plural(more, 'more listener')} of less weight.`];
  yield '';
}

function* findingLines(finding: Finding): Generator<string> {
  yield `- **${finding.severity}: ${markdownText(finding.title)}**`;
  yield `  ${markdownText(finding.why)}`;
  yield `  **What to do:** ${markdownText(finding.advice)}`;
  const evidence = Object.entries(finding.evidence).map(([key, value]) => `${key}=${value}`);
  if (evidence.length > 0) yield `  Evidence (${markdownText(finding.id)}): ${markdownText(evidence.join(', '))}`;
}

function captureLine(capture: CaptureReport): string {
  const { lost } = capture;
  const parts = [
    `${capture.id}: ${markdownCode(capture.path)}`,
    [capture.format, capture.tool, capture.kernel === null ? null : `Linux ${capture.kernel}`]
      .filter((part) => part !== null)
      .map(markdownText)
      .join(', '),
    ...(capture.host === null ? [] : [`host ${markdownCode(capture.host)}`]),
    ...(capture.started_at === null ? [] : [`from ${markdownText(capture.started_at)}`]),
    `${formatNs(capture.duration_ns)} by the ${markdownText(capture.clock)} clock`,
    plural(capture.events, 'event'),
    lost.gaps === 0 ? 'none reported lost' : `${lost.count ?? 'an unknown number'} lost in ${plural(lost.gaps, 'gap')}`,
    ...(capture.rejected === 0 ? [] : [`${capture.rejected} unreadable`]),
    ...(capture.sha256 === null ? [] : [`sha256 ${markdownCode(capture.sha256)}`]),
  ];
  return `- ${parts.join('; ')}`;
}

/** Lines without their line feeds. Headings begin at the third level: a ticket has its own. */
export function* reportMarkdown(report: Report): Generator<string> {
  const { verdict } = report;
  yield `**${verdict.severity.toUpperCase()}: ${markdownText(verdict.what)}**`;
  yield '';
  if (verdict.advice !== '') yield* [markdownText(verdict.advice), ''];
  if (report.listeners.length > 0) yield* listenersTable(report);
  const found = report.findings.filter(({ severity }) => severity !== 'info');
  const limits = report.findings.filter(({ id }) => id === 'capture-incomplete' || id === 'capture-blind-spot');
  const shown = [...new Set([...found.slice(0, MOST_FINDINGS), ...limits])];
  if (shown.length > 0) {
    yield* ['### Findings', ''];
    for (const finding of shown) yield* findingLines(finding);
    yield '';
    const hidden = report.findings.length - shown.length;
    if (hidden > 0) yield* [`${plural(hidden, 'more finding')} of lower weight in the full report.`, ''];
  }
  yield* ['### Made from', ''];
  for (const capture of report.captures) yield captureLine(capture);
  yield `- ${markdownText(report.generated_by)}`;
}
