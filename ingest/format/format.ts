// What every wire format provides: recognise it by content, then turn its bytes into rows of trace events.
import type { CaptureInfo, ReadTotals } from '../../core/event/capture.ts';
import type { Dictionaries } from '../../core/event/dictionary.ts';
import type { EventBatch } from '../../core/event/event-batch.ts';

/** Random access to a capture's bytes. Formats get it handed in and so do no I/O of their own. */
export interface ByteSource {
  /** What to call the capture in messages. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Up to `length` bytes from `offset`; shorter only at the end, or, of a stream, when at least `least` bytes (1) are there. */
  read(offset: number, length: number, least?: number): Uint8Array;
  /** The same into memory of the caller's; returns how many bytes there were. For those who read much. */
  readInto?(target: Uint8Array, offset: number): number;
  /** A capture that is a directory: its first file is the head, then the others, laid behind one another. */
  readonly parts?: readonly SourcePart[];
  /** What went wrong while the bytes were unpacked from gzip, zstd or xz: they may end early. */
  readonly wrapperProblem?: string | null;
  /** A stream that goes on while it is read (see ingest/source/live-source.ts): read once, forwards; `size` is not known before its end. */
  readonly live?: boolean;
}

/** One file of a capture that is a directory. */
export interface SourcePart {
  readonly name: string;
  /** Where it begins in the whole. */
  readonly offset: number;
  readonly size: number;
}

/** Where a reader puts decoded rows, in file order; the receiver sorts them. */
export interface RowSink {
  readonly rows: EventBatch;
  /** Everything recorded before the previous such mark is now in `rows`: what is older may be released. */
  endRound(): void;
  /** Nothing older than `time` (relative to the reader's base) will come any more: rows before it may be released. */
  releaseBefore(time: number): void;
}

/** A time of -Infinity means: true before the capture began (side-band that the recorder made up at start). */
export const BEFORE_START = Number.NEGATIVE_INFINITY;

export interface CaptureReader {
  /** Complete once `read` has ended; some formats learn parts of it late. */
  readonly info: CaptureInfo;
  readonly totals: ReadTotals;
  readonly dictionaries: Dictionaries;
  /** Clock value in nanoseconds that times in rows are relative to; null while no event had a time. */
  readonly base: bigint | null;
  /** Decodes the whole capture into the sink, yielding the offset reached from time to time. */
  read(sink: RowSink): Generator<number, void>;
  /** What was learnt up to here becomes part of `info`: for streams, whose end may be far. */
  learn?(): void;
}

/** How a format is read from a pipe while it is written: by lines of text, or by records that have an order of their own. */
export type LiveKind = 'lines' | 'records';

export interface CaptureFormat {
  readonly name: string;
  /** True when the first bytes (up to 4096, fewer in a short file) are of this format. */
  sniff(head: Uint8Array): boolean;
  /** How a stream that begins like this is read while it is written; null, or none: only once it has ended. */
  live?(head: Uint8Array): LiveKind | null;
  /** Reads what comes before the events. Throws CaptureError when nothing of the file can be used. */
  open(source: ByteSource): CaptureReader;
}

/** The capture cannot be read. Shown to the user with exit status 3. */
export class CaptureError extends Error {
  readonly capture: string;
  /** Byte or, for `unit` line, line number; null when the place does not matter. */
  readonly offset: number | null;
  readonly next: string;
  readonly unit: 'byte' | 'line';

  constructor(capture: string, offset: number | null, message: string, next: string, unit: 'byte' | 'line' = 'byte') {
    super(message);
    this.capture = capture;
    this.offset = offset;
    this.next = next;
    this.unit = unit;
  }
}
