// What is known about a capture besides its events: who recorded it, on which kernel, by which clock, and what is missing.

/** What a capture can prove, by the probes that were attached (contract: report "evidence"). */
export type Evidence = 'syscalls' | 'state' | 'data_ready' | 'queue_samples' | 'functions' | 'counters';

export interface CaptureInfo {
  /** Wire format, e.g. `perf.data`. */
  format: string;
  /** Recorder and its version, e.g. `perf 6.1.187`; null when the file does not say. */
  tool: string | null;
  /** Kernel release (`uname -r`) of the recorded host; null when the file does not say. */
  kernel: string | null;
  arch: string | null;
  host: string | null;
  cmdline: string | null;
  /** Name of the clock that stamped the events. */
  clock: string;
  /** Wall-clock time of clock zero in nanoseconds since the epoch, as text; null when the file has no such relation. */
  wallOffset: string | null;
  /** Names of the probes that were attached, in file order, `system:event`. */
  probes: string[];
  /** What `source` of events and `offset` of rejections count: bytes, or lines of a text from 1. */
  unit: 'byte' | 'line';
  /** Whether socket events carry the kernel's addresses; text leaves them out, and endpoints must tell sockets apart. */
  pointers: boolean;
}

/** A byte range or line (see CaptureInfo.unit) that could not be read, with the reason. */
export interface Rejection {
  readonly offset: number;
  readonly reason: string;
}

/** Counts kept while a capture is read. */
export interface ReadTotals {
  /** Records of any kind that were read. */
  records: number;
  /** Records that carry nothing acceptq uses (memory maps, other tracepoints). */
  ignored: number;
  /** Records or stretches that could not be read. */
  rejected: number;
  /** The first rejections, for messages; at most MAX_REJECTIONS. */
  rejections: Rejection[];
  /** Events that were recorded out of order beyond what the recorder promises. */
  outOfOrder: number;
}

export const MAX_REJECTIONS = 20;

export const newTotals = (): ReadTotals => ({ records: 0, ignored: 0, rejected: 0, rejections: [], outOfOrder: 0 });

/** Counts something unreadable and remembers the first few. */
export function reject(totals: ReadTotals, offset: number, reason: string): void {
  totals.rejected++;
  if (totals.rejections.length < MAX_REJECTIONS) totals.rejections.push({ offset, reason });
}

/**
 * The kinds of evidence that a list of probe names gives; events that only readers make are named `acceptq:<event>`.
 * raw_syscalls:sys_enter and sys_exit are of all calls.
 */
export function evidenceOf(probes: readonly string[], pointers: boolean): Evidence[] {
  const evidence: Evidence[] = [];
  if (probes.some((probe) => /(^|:)sys_(enter|exit)(_(accept4?|listen))?$/.test(probe))) evidence.push('syscalls');
  if (probes.some((probe) => probe.endsWith('inet_sock_set_state'))) evidence.push('state');
  // without the socket's address a wake-up cannot be told to be a listener's
  if (pointers && probes.some((probe) => probe.endsWith('sk_data_ready'))) evidence.push('data_ready');
  if (probes.some((probe) => /(^|:)(queue_sample|listener_sample|tool_accept)$/.test(probe)))
    evidence.push('queue_samples');
  if (probes.some((probe) => /(^|:)(func_enter|func_return|queue_drop)$/.test(probe))) evidence.push('functions');
  if (probes.some((probe) => /(^|:)counter$/.test(probe))) evidence.push('counters');
  return evidence;
}
