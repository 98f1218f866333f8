// What both versions of trace.dat come down to: event formats, options, and for each ring buffer where its CPUs' pages are.
import type { ByteWindow } from '../byte-window.ts';
import type { EventFormat } from '../event-format/parse.ts';
import type { PageLayout } from './header.ts';
import type { TraceOptions } from './options.ts';

/** How chunks and sections are compressed. */
export type Codec = 'none' | 'zlib' | 'zstd';

/** Pages of one CPU: `size` bytes from `offset`, or, with a codec, chunks from there. */
export interface CpuData {
  readonly cpu: number;
  readonly offset: number;
  readonly size: number;
}

/** A ring buffer: the top one (named '') or an instance's. */
export interface BufferData {
  readonly name: string;
  readonly clock: string | null;
  readonly pageSize: number;
  readonly codec: Codec;
  readonly cpus: readonly CpuData[];
}

/** The text that a latency tracer leaves instead of ring buffers. */
export interface LatencyText {
  readonly buffer: string;
  readonly offset: number;
}

export interface TraceFile {
  readonly littleEndian: boolean;
  readonly layout: PageLayout;
  readonly formats: ReadonlyMap<number, EventFormat>;
  /** The text of /proc/kallsyms, read when asked for; empty when the file has none. */
  readonly kallsyms: () => Uint8Array;
  /** Lines `pid comm` as they were at the end of the recording, and where they are in the file. */
  readonly cmdlines: Uint8Array;
  readonly cmdlinesAt: number;
  readonly options: TraceOptions;
  readonly buffers: readonly BufferData[];
  readonly latency: LatencyText | null;
}

/** Reads something of a file and has its damage counted. */
export interface Reading {
  readonly window: ByteWindow;
  readonly littleEndian: boolean;
  /** Page size that the header gives. */
  readonly pageSize: number;
  /** Counts damage. */
  readonly reject: (offset: number, reason: string) => void;
}

const SMALLEST_PAGE = 64;
const LARGEST_PAGE = 16 << 20;

/** A page size that can be one; else the first of the others that can, or 4096. */
export function plausiblePageSize(...sizes: readonly number[]): number {
  return sizes.find((size) => size >= SMALLEST_PAGE && size <= LARGEST_PAGE && size % 4 === 0) ?? 4096;
}
