// The options of a trace.dat that both versions have: clock, counters of loss, host, and what relates its times to others.
import { BlockReader, latin1 } from '../byte-window.ts';

/** Option ids of trace-cmd (trace-cmd-private.h). */
export const OPTION = {
  DONE: 0,
  DATE: 1,
  CPUSTAT: 2,
  BUFFER: 3,
  TRACECLOCK: 4,
  UNAME: 5,
  OFFSET: 7,
  CPUCOUNT: 8,
  VERSION: 9,
  TIME_SHIFT: 12,
  TSC2NSEC: 14,
  STRINGS: 15,
  HEADER_INFO: 16,
  FTRACE_EVENTS: 17,
  EVENT_FORMATS: 18,
  KALLSYMS: 19,
  CMDLINES: 21,
  BUFFER_TEXT: 22,
} as const;

/** How far one CPU's clock was from the other host's, at some times. */
export interface ClockSamples {
  /** Ascending, in the recorded clock. */
  readonly times: readonly bigint[];
  readonly offsets: readonly bigint[];
  readonly scalings: readonly bigint[];
  /** Bits after the binary point of the scalings. */
  readonly fractions: readonly bigint[];
}

export interface TimeShift {
  readonly interpolate: boolean;
  readonly cpus: readonly ClockSamples[];
}

export interface TraceOptions {
  /** Nanoseconds that make a time of day of a timestamp (`--date`); null when not recorded. */
  date: bigint | null;
  /** Nanoseconds that the user had added (`--ts-offset`). */
  offset: bigint | null;
  /** Texts of per_cpu/cpuN/stats in file order, with lines `Buffer: NAME` before those of an instance. */
  cpuStats: string[];
  clock: string | null;
  uname: string | null;
  version: string | null;
  cpuCount: number | null;
  tsc: { readonly mult: bigint; readonly shift: bigint } | null;
  timeShift: TimeShift | null;
}

export const newOptions = (): TraceOptions => ({
  date: null,
  offset: null,
  cpuStats: [],
  clock: null,
  uname: null,
  version: null,
  cpuCount: null,
  tsc: null,
  timeShift: null,
});

const MAX_STATS = 16384;
const MAX_TEXT = 65536;
const MAX_SAMPLES = 1 << 20;

const text = (bytes: Uint8Array): string => {
  const nul = bytes.indexOf(0);
  return latin1(bytes.subarray(0, Math.min(nul < 0 ? bytes.length : nul, MAX_TEXT)));
};

/** A number as C's strtoll(…, 0) reads it; null when it is none. */
function number(bytes: Uint8Array): bigint | null {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]{1,16}|\d{1,20})\s*$/.exec(text(bytes));
  if (match === null) return null;
  const value = BigInt.asIntN(64, BigInt(match[2]));
  return match[1] === '-' ? -value : value;
}

/** The clock in brackets of a `trace_clock` text; null when none is. */
export function currentClock(clocks: string): string | null {
  return /\[([\w-]{1,32})\]/.exec(clocks)?.[1] ?? null;
}

/** `u64 peer, u32 flags, u32 cpus`, for each CPU `u32 n` and n times, offsets, scalings; then n fractions for each, if there. */
function readTimeShift(block: BlockReader): TimeShift {
  block.u64(); // id of the other host's trace
  const interpolate = (block.u32() & 1) !== 0;
  const count = block.u32();
  const many = (n: number): bigint[] => {
    if (n > MAX_SAMPLES || n * 8 > block.remaining) throw new RangeError('more samples than there is room for');
    return Array.from({ length: n }, () => block.bigU64());
  };
  const cpus: { times: bigint[]; offsets: bigint[]; scalings: bigint[]; fractions: bigint[] }[] = [];
  for (let cpu = 0; cpu < count; cpu++) {
    const n = block.u32();
    const times = many(n);
    const offsets = many(n).map((value) => BigInt.asIntN(64, value));
    cpus.push({ times, offsets, scalings: many(n), fractions: times.map(() => 0n) });
  }
  // added by later versions of the format
  if (cpus.length > 0 && block.remaining >= cpus.reduce((sum, { times }) => sum + times.length * 8, 0)) {
    for (const cpu of cpus) cpu.fractions = many(cpu.times.length).map((bits) => (bits > 64n ? 64n : bits));
  }
  return { interpolate, cpus };
}

/** Takes note of an option. Throws RangeError when its content is shorter than it says. */
export function applyOption(options: TraceOptions, id: number, bytes: Uint8Array, littleEndian: boolean): void {
  const block = new BlockReader(bytes, littleEndian);
  switch (id) {
    case OPTION.DATE: {
      const microseconds = number(bytes);
      options.date = microseconds === null ? null : microseconds * 1000n;
      return;
    }
    case OPTION.OFFSET:
      options.offset = number(bytes);
      return;
    case OPTION.CPUSTAT:
      if (options.cpuStats.length < MAX_STATS) options.cpuStats.push(text(bytes));
      return;
    case OPTION.TRACECLOCK:
      options.clock = currentClock(text(bytes));
      return;
    case OPTION.UNAME:
      options.uname = text(bytes);
      return;
    case OPTION.VERSION:
      options.version = text(bytes);
      return;
    case OPTION.CPUCOUNT:
      options.cpuCount = block.u32();
      return;
    case OPTION.TSC2NSEC: {
      const mult = BigInt(block.u32());
      const shift = BigInt(block.u32());
      if (mult > 0n && shift < 64n) options.tsc = { mult, shift };
      return;
    }
    case OPTION.TIME_SHIFT:
      options.timeShift = readTimeShift(block);
      return;
    default:
      return;
  }
}
