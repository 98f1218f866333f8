// A report as OpenMetrics text 1.0, for a one-off push or a diff: what is not known is left out, not written as 0.
import { listenerName } from '../../core/report/finding/about.ts';
import type { CaptureReport, ListenerReport, Report } from '../../core/report/model.ts';
import { escapeText } from '../render/escape.ts';

type Labels = Readonly<Record<string, string | number | null>>;

interface Sample {
  readonly suffix: '' | '_total' | '_count';
  readonly labels: Labels;
  readonly value: number | null;
}

interface Family {
  readonly name: string;
  /** Those that Prometheus' older text has as well, which the Pushgateway and node_exporter read: it knows no `info`. */
  readonly type: 'gauge' | 'counter' | 'summary';
  /** The name ends in it. */
  readonly unit?: 'seconds' | 'connections' | 'records';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const SECOND = 1e9;
const seconds = (ns: number | null): number | null => (ns === null ? null : ns / SECOND);

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Escapes as the format has them; control characters are spelled out first, and what is no Unicode becomes U+FFFD. */
const escaped = (text: string): string =>
  escapeText(text)
    .replace(LONE_SURROGATE, '\ufffd')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n');

function labelText(labels: Labels): string {
  const known = Object.entries(labels).filter(([, value]) => value !== null);
  return known.length === 0 ? '' : `{${known.map(([name, value]) => `${name}="${escaped(String(value))}"`).join(',')}}`;
}

function* familyLines({ name, type, unit, help, samples }: Family): Generator<string> {
  const known = samples.filter(({ value }) => value !== null);
  if (known.length === 0) return;
  yield `# TYPE ${name} ${type}`;
  if (unit !== undefined) yield `# UNIT ${name} ${unit}`;
  yield `# HELP ${name} ${escaped(help)}`;
  for (const { suffix, labels, value } of known) yield `${name}${suffix}${labelText(labels)} ${value}`;
}

const ofCapture = ({ id, host }: CaptureReport): Labels => ({ capture: id, host });

function captureFamilies(captures: readonly CaptureReport[]): Family[] {
  const each = (value: (capture: CaptureReport) => number | null, suffix: Sample['suffix'] = ''): Sample[] =>
    captures.map((capture) => ({ suffix, labels: ofCapture(capture), value: value(capture) }));
  return [
    {
      name: 'acceptq_capture_info',
      type: 'gauge',
      help: 'What was read; always 1.',
      samples: captures.map((capture) => ({
        suffix: '',
        labels: {
          ...ofCapture(capture),
          format: capture.format,
          tool: capture.tool,
          kernel: capture.kernel,
          sha256: capture.sha256,
          ending: capture.ending,
        },
        value: 1,
      })),
    },
    {
      name: 'acceptq_capture_duration_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Time that the capture covers.',
      samples: each((capture) => seconds(capture.duration_ns)),
    },
    {
      name: 'acceptq_capture_lost_records',
      type: 'counter',
      unit: 'records',
      help: 'Records that the recorder lost; absent where it does not say how many.',
      samples: each((capture) => capture.lost.count ?? (capture.lost.gaps === 0 ? 0 : null), '_total'),
    },
    {
      name: 'acceptq_capture_gaps',
      type: 'counter',
      help: 'Stretches in which records were lost.',
      samples: each((capture) => capture.lost.gaps, '_total'),
    },
    {
      name: 'acceptq_capture_rejected_records',
      type: 'counter',
      unit: 'records',
      help: 'Records that could not be read.',
      samples: each((capture) => capture.rejected, '_total'),
    },
  ];
}

const labelsOf = (listener: ListenerReport): Labels => ({
  capture: listener.capture,
  listener: listener.id,
  address: listener.path ?? listenerName(listener),
});

type Of<T> = (of: ListenerReport) => T;

/** Families that have the same shape for every listener. */
class PerListener {
  private readonly listeners: readonly ListenerReport[];

  constructor(listeners: readonly ListenerReport[]) {
    this.listeners = listeners;
  }

  counter(name: string, help: string, value: Of<number | null>, more: Of<Labels> = () => ({})): Family {
    return {
      name: `acceptq_listener_${name}`,
      type: 'counter',
      help,
      samples: this.listeners.map((of) => ({
        suffix: '_total',
        labels: { ...labelsOf(of), ...more(of) },
        value: value(of),
      })),
    };
  }

  gauge(name: string, unit: 'seconds' | 'connections', help: string, value: Of<number | null>): Family {
    return {
      name: `acceptq_listener_${name}_${unit}`,
      type: 'gauge',
      unit,
      help,
      samples: this.listeners.map((of) => ({ suffix: '', labels: labelsOf(of), value: value(of) })),
    };
  }

  summary(name: string, help: string, times: Of<ListenerReport['wait_ns'] | null>): Family {
    return {
      name: `acceptq_listener_${name}_seconds`,
      type: 'summary',
      unit: 'seconds',
      help,
      samples: this.listeners.flatMap((of) => quantiles(labelsOf(of), times(of))),
    };
  }
}

function quantiles(labels: Labels, found: ListenerReport['wait_ns'] | null): Sample[] {
  if (found === null || found.count === 0) return [];
  const at = (quantile: string, ns: number | null): Sample => ({
    suffix: '',
    labels: { ...labels, quantile },
    value: seconds(ns),
  });
  return [
    at('0.5', found.p50),
    at('0.9', found.p90),
    at('0.99', found.p99),
    at('0.999', found.p999),
    at('1.0', found.max),
    { suffix: '_count', labels, value: found.count },
  ];
}

function listenerFamilies({ listeners }: Report): Family[] {
  const per = new PerListener(listeners);
  const depthKnown = ({ bounds }: ListenerReport): boolean => bounds.depth !== 'unknown';
  return [
    per.gauge('capacity', 'connections', 'Connections that the accept queue holds.', ({ backlog }) => backlog.capacity),
    per.counter('enqueued', 'Connections that entered the accept queue.', ({ enqueued, bounds }) =>
      bounds.enqueued === 'unknown' ? null : enqueued,
    ),
    per.counter('accepted', 'Connections that accept() returned.', ({ accepted, bounds }) =>
      bounds.accepted === 'unknown' ? null : accepted,
    ),
    per.counter(
      'overflows',
      'SYNs and final ACKs refused because the accept queue was full.',
      (of) => of.overflows.count,
      ({ overflows: { bound, evidence } }) => ({ bound, evidence }),
    ),
    per.counter('syn_retransmits', 'SYNs sent again by clients on the host.', (of) => of.syn_retransmits),
    per.gauge('depth_max', 'connections', 'Longest accept queue.', (of) => (depthKnown(of) ? of.depth.max : null)),
    per.gauge('depth_mean', 'connections', 'Accept queue, mean over time.', (of) =>
      depthKnown(of) ? of.depth.mean : null,
    ),
    per.gauge('depth_p99', 'connections', 'Accept queue, 99 % of the time no longer.', (of) =>
      depthKnown(of) ? of.depth.p99 : null,
    ),
    per.gauge('at_capacity', 'seconds', 'Time with the accept queue full.', (of) => seconds(of.depth.at_capacity_ns)),
    per.gauge('syn_queue_max', 'connections', 'Longest SYN queue read.', (of) => of.syn_queue_max),
    per.gauge('longest_pause', 'seconds', 'Longest time in which connections waited and none was accepted.', (of) =>
      seconds(of.pauses.longest_ns),
    ),
    per.summary('wait', 'Time in the accept queue.', (of) => of.wait_ns),
    per.summary('handshake', 'First SYN to accept queue, for clients on the host.', (of) => of.handshake_ns),
  ];
}

/** Lines of the exposition, ending in `# EOF`. */
export function* openMetrics(report: Report): Generator<string> {
  for (const family of captureFamilies(report.captures)) yield* familyLines(family);
  for (const family of listenerFamilies(report)) yield* familyLines(family);
  yield* familyLines({
    name: 'acceptq_findings',
    type: 'gauge',
    help: 'Findings by severity.',
    samples: (['critical', 'warning', 'info'] as const).map((severity) => ({
      suffix: '',
      labels: { severity },
      value: report.findings.filter((finding) => finding.severity === severity).length,
    })),
  });
  yield '# EOF';
}
