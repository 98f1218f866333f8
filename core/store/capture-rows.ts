// The rows that a capture begins and ends with, in the order of their columns.
import type { CaptureInfo, ReadTotals } from '../event/capture.ts';

export type Row = readonly (number | string | null)[];

/** How a capture ended; see capture_ends. */
export type Ending = 'complete' | 'cut';

export interface CaptureIdentity {
  readonly path: string;
  /** Null: the content is not known before its end. */
  readonly sha256: string | null;
}

export const START_COLUMNS =
  'id, sha256, path, format, tool, kernel, arch, host, cmdline, unit, pointers, clock, origin, wall_offset, probes, first_position';

export const END_COLUMNS =
  'capture, ending, sha256, format, tool, kernel, arch, host, cmdline, unit, pointers, clock, origin, wall_offset, probes, events, duration_ns, records, ignored, rejected, rejections, out_of_order';

const infoRow = (info: CaptureInfo, origin: string | null): Row => [
  info.format,
  info.tool,
  info.kernel,
  info.arch,
  info.host,
  info.cmdline,
  info.unit,
  info.pointers ? 1 : 0,
  info.clock,
  origin,
  info.wallOffset,
  JSON.stringify(info.probes),
];

/** `origin` is the clock's value at time 0, in ns. */
export const startRow = (
  capture: number,
  { sha256, path }: CaptureIdentity,
  info: CaptureInfo,
  origin: string | null,
  firstPosition: number,
): Row => [capture, sha256, path, ...infoRow(info, origin), firstPosition];

/** What is known of a capture once all of it was read. */
export interface CaptureEnd {
  readonly info: CaptureInfo;
  readonly totals: ReadTotals;
  /** Clock value at time 0, in ns; null when no event had a time. */
  readonly origin: string | null;
  /** Time of the last event, in ns since the start. */
  readonly lastAt: number;
}

export const endRow = (
  capture: number,
  ending: Ending,
  sha256: string | null,
  events: number,
  { info, totals, origin, lastAt }: CaptureEnd,
): Row => [
  capture,
  ending,
  sha256,
  ...infoRow(info, origin),
  events,
  lastAt,
  totals.records,
  totals.ignored,
  totals.rejected,
  JSON.stringify(totals.rejections),
  totals.outOfOrder,
];
