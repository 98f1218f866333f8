// perf_event_attr: which event a record belongs to and which fields its samples have (include/uapi/linux/perf_event.h).

export const TYPE_SOFTWARE = 1;
export const TYPE_TRACEPOINT = 2;
/** Software event that BPF programs write their output to. */
export const SW_BPF_OUTPUT = 10;

/** sample_type bits. */
export const SAMPLE = {
  IP: 1 << 0,
  TID: 1 << 1,
  TIME: 1 << 2,
  ADDR: 1 << 3,
  READ: 1 << 4,
  CALLCHAIN: 1 << 5,
  ID: 1 << 6,
  CPU: 1 << 7,
  PERIOD: 1 << 8,
  STREAM_ID: 1 << 9,
  RAW: 1 << 10,
  IDENTIFIER: 1 << 16,
} as const;

export interface EventAttr {
  /** Bytes that the attr takes, by its own account. */
  readonly size: number;
  readonly type: number;
  /** For a tracepoint: the id of its event format. */
  readonly config: number;
  readonly sampleType: number;
  readonly readFormat: number;
  /** Records other than samples end with a sample_id block. */
  readonly sampleIdAll: boolean;
  /** Clock id when the user chose one, null for perf's own clock. */
  readonly clockId: number | null;
  /** The rings were written backward and overwritten (--overwrite): what is there is what was newest. */
  readonly overwrite: boolean;
  /** Only some of the events were recorded (-c, -F): one in `period`, or as many as fit a frequency (0). 1: all. */
  readonly period: number;
}

const MINIMUM = 64;
const FLAG_SAMPLE_ID_ALL = 18;
const FLAG_FREQ = 10;
const FLAG_USE_CLOCKID = 25;
const FLAG_WRITE_BACKWARD = 27;

/** One of the flag bits. The bitfield fills bytes from the low bit on little-endian writers and from the high bit on big-endian ones. */
function flag(view: DataView, at: number, bit: number, littleEndian: boolean): boolean {
  const byte = view.getUint8(at + (bit >> 3));
  return ((littleEndian ? byte >> (bit & 7) : byte >> (7 - (bit & 7))) & 1) === 1;
}

/** Reads an attr of at most `length` bytes; its own `size` says how many are valid (0 in ancient files means 64). Null for what cannot be one. */
export function readAttr(view: DataView, at: number, length: number, littleEndian: boolean): EventAttr | null {
  if (length < MINIMUM || at + MINIMUM > view.byteLength) return null;
  const u32 = (offset: number): number => view.getUint32(at + offset, littleEndian);
  const own = u32(4);
  if (own !== 0 && (own < MINIMUM || own > length || own % 8 !== 0)) return null;
  const size = own || MINIMUM;
  const useClock = flag(view, at + 40, FLAG_USE_CLOCKID, littleEndian) && size >= 96 && at + 96 <= view.byteLength;
  return {
    size,
    type: u32(0),
    config: u32(littleEndian ? 8 : 12),
    sampleType: u32(littleEndian ? 24 : 28),
    readFormat: u32(littleEndian ? 32 : 36),
    sampleIdAll: flag(view, at + 40, FLAG_SAMPLE_ID_ALL, littleEndian),
    overwrite: flag(view, at + 40, FLAG_WRITE_BACKWARD, littleEndian),
    period: flag(view, at + 40, FLAG_FREQ, littleEndian) ? 0 : u32(littleEndian ? 16 : 20),
    clockId: useClock ? view.getInt32(at + 92, littleEndian) : null,
  };
}

const CLOCKS: Readonly<Record<number, string>> = {
  0: 'realtime',
  1: 'monotonic',
  4: 'monotonic_raw',
  7: 'boottime',
  11: 'tai',
};

/** Name of the clock of a recording: perf's own scheduler clock unless one was chosen with -k. */
export const clockName = (clockId: number | null): string =>
  clockId === null ? 'perf' : (CLOCKS[clockId] ?? `clock ${clockId}`);
