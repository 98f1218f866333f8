// The report on a terminal: verdict first, then the listeners, the findings, and what it all rests on.
import { listenerName } from '../../core/report/finding/about.ts';
import type { CaptureReport, Finding, ListenerReport, Report } from '../../core/report/model.ts';
import type { ListenerSeries } from '../../core/report/series/model.ts';
import { formatNs, formatPercent, plural } from '../../core/report/units.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { listenerTable } from './listener-table.ts';
import { sparkline } from './sparkline.ts';
import { paint, wrap } from './text.ts';

const COLORS = { critical: 'red', warning: 'yellow', info: 'cyan', ok: 'green' } as const;

/** Without --verbose. */
const MOST_FINDINGS = 6;

const LIMITING = ['capture-incomplete', 'capture-blind-spot', 'times-coarse'];

/** What is missing, before anything else. */
function warnings(report: Report, style: TextStyle): string[] {
  const missing = report.findings.filter((finding) => LIMITING.includes(finding.id));
  return missing.flatMap((finding) =>
    wrap(`! ${escapeText(finding.title)}.`, style.width).map((line) => paint(style, 'yellow', line)),
  );
}

function verdict(report: Report, style: TextStyle): string[] {
  const { severity, what, advice } = report.verdict;
  return [
    ...wrap(`${severity.toUpperCase()}: ${escapeText(what)}`, style.width).map((line) =>
      paint(style, COLORS[severity], line),
    ),
    ...wrap(escapeText(advice), style.width).map((line) => paint(style, 'bold', line)),
  ];
}

/** `capture`: which one it is about, where there are several. */
function findingLines(finding: Finding, capture: number | null, style: TextStyle, verbose: boolean): string[] {
  const where = capture === null ? '' : `capture ${capture}: `;
  const lines = [
    ...wrap(
      `${paint(style, COLORS[finding.severity], finding.severity.padEnd(8))} ${where}${escapeText(finding.title)}`,
      style.width + (style.color ? 9 : 0),
    ),
    ...wrap(escapeText(finding.why), style.width, '         '),
    ...wrap(`→ ${escapeText(finding.advice)}`, style.width, '         '),
  ];
  if (verbose) {
    if (finding.price !== undefined) lines.push(...wrap(`Costs: ${finding.price}`, style.width, '         '));
    if (finding.alternative !== undefined)
      lines.push(...wrap(`Instead: ${finding.alternative}`, style.width, '         '));
    const evidence = Object.entries(finding.evidence).map(([key, value]) => `${key}=${value}`);
    lines.push(
      ...wrap(`[${finding.id}] ${escapeText(evidence.join(' '))}`, style.width, '         ').map((line) =>
        paint(style, 'dim', line),
      ),
    );
  }
  return lines;
}

function captureLine(capture: CaptureReport, several: boolean, style: TextStyle): string[] {
  const recorder = [
    capture.tool,
    capture.kernel === null ? null : `Linux ${capture.kernel}`,
    capture.host === null ? null : `host ${capture.host}`,
  ];
  const lost =
    capture.lost.gaps === 0
      ? 'none reported lost'
      : `${capture.lost.count ?? 'an unknown number'} lost in ${plural(capture.lost.gaps, 'gap')}`;
  const parts = [
    `${several ? `capture ${capture.id}: ` : ''}${capture.path}: ${[capture.format, ...recorder].filter((part) => part !== null).join(', ')}`,
    `${formatNs(capture.duration_ns)} by the ${capture.clock} clock`,
    `${plural(capture.records_read, 'record')} read, ${plural(capture.events, 'event')} used, ${lost}, ${capture.rejected} unreadable`,
    `evidence: ${capture.evidence.length === 0 ? 'none' : capture.evidence.join(', ')}`,
  ];
  const first = capture.rejections[0];
  if (first !== undefined) parts.push(`first unreadable place: ${capture.unit} ${first.offset} (${first.reason})`);
  return wrap(escapeText(`${parts.join('; ')}.`), style.width);
}

function unknowns(listeners: readonly ListenerReport[]): string {
  const parts: string[] = [];
  if (listeners.some((listener) => listener.overflows.bound === 'lower'))
    parts.push('≥ counts clients on this host only');
  if (listeners.some((listener) => listener.backlog.basis === 'assumed'))
    parts.push("backlogs marked * assume the kernel's default somaxconn");
  if (listeners.some((listener) => listener.confidence.censored_start))
    parts.push('listeners marked < are older than the capture');
  if (listeners.some((listener) => listener.bounds.wait === 'estimate'))
    parts.push('~ marks estimates around missing events');
  return parts.length === 0 ? '' : `${parts.join('; ')}.`;
}

function worstDetail(listener: ListenerReport, style: TextStyle, durationNs: number): string[] {
  const life = (listener.closed_at_ns ?? durationNs) - (listener.opened_at_ns ?? 0);
  const { depth, handshake_ns: handshake } = listener;
  const parts: string[] = [];
  if (listener.bounds.depth !== 'unknown')
    parts.push(
      `queue length mean ${depth.mean === null ? '?' : Number(depth.mean.toPrecision(3))}, p50 ${depth.p50 ?? '?'}, p99 ${depth.p99 ?? '?'}, max ${depth.max}`,
    );
  if (depth.at_capacity_ns !== null && life > 0 && listener.bounds.depth !== 'unknown')
    parts.push(`full ${formatPercent(depth.at_capacity_ns / life)} of ${formatNs(life)}`);
  if (handshake !== null && handshake.p99 !== null && handshake.max !== null)
    parts.push(`first SYN to queue p99 ${formatNs(handshake.p99)}, max ${formatNs(handshake.max)}`);
  if (listener.syn_retransmits !== null) parts.push(plural(listener.syn_retransmits, 'SYN retransmission'));
  const acceptors = [...listener.acceptors].sort((a, b) => b.accepted - a.accepted).slice(0, 4);
  const tasks = acceptors
    .map((acceptor) => `${acceptor.comm ?? '?'} (tid ${acceptor.tid}) ${acceptor.accepted}`)
    .join(', ');
  const more = listener.acceptors.length - acceptors.length;
  const lines =
    parts.length === 0 ? [] : wrap(escapeText(`${listenerName(listener)}: ${parts.join('; ')}.`), style.width);
  if (tasks !== '')
    lines.push(...wrap(escapeText(`Accepted by: ${tasks}${more > 0 ? ` and ${more} more` : ''}.`), style.width));
  return lines;
}

/** `picture` gives the charts' data of a listener; called for the one that the verdict is about. */
export function* reportText(
  report: Report,
  style: TextStyle,
  verbose: boolean,
  picture: (listener: ListenerReport) => ListenerSeries | null = () => null,
): Generator<string> {
  const missing = warnings(report, style);
  if (missing.length > 0) yield* [...missing, ''];
  yield* verdict(report, style);
  if (report.listeners.length > 0) {
    yield '';
    yield* listenerTable(report.listeners, style);
    const worst = report.listeners.find((listener) => listener.id === report.verdict.listener);
    const capture = report.captures.find((candidate) => candidate.id === worst?.capture);
    if (worst !== undefined && capture !== undefined) {
      const series = picture(worst);
      const drawn = series === null ? [] : [...sparkline(worst, series, style)];
      if (drawn.length > 0) yield* ['', `The accept queue of ${escapeText(listenerName(worst))}:`, ...drawn];
      const details = worstDetail(worst, style, capture.duration_ns);
      if (details.length > 0) yield* ['', ...details];
    }
  }
  const shown = verbose
    ? report.findings
    : report.findings.filter((finding) => finding.severity !== 'info').slice(0, MOST_FINDINGS);
  if (shown.length > 0) {
    yield '';
    const several = report.captures.length > 1;
    const owner = new Map(report.listeners.map(({ id, capture }) => [id, capture]));
    for (const finding of shown)
      yield* findingLines(finding, several ? (owner.get(finding.listener ?? -1) ?? null) : null, style, verbose);
  }
  const hidden = report.findings.length - shown.length;
  if (hidden > 0) yield paint(style, 'dim', `${plural(hidden, 'more finding')} of lower weight: --verbose`);
  yield '';
  for (const capture of report.captures)
    yield* captureLine(capture, report.captures.length > 1, style).map((line) => paint(style, 'dim', line));
  for (const { title } of report.findings.filter(({ id }) => id === 'captures-overlap'))
    yield* wrap(`${title}; nothing is added up.`, style.width).map((line) => paint(style, 'dim', line));
  const notes = unknowns(report.listeners);
  if (notes !== '') yield* wrap(notes, style.width).map((line) => paint(style, 'dim', line));
}
