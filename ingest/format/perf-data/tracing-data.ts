// The tracing_data blob of a perf.data file: the event formats of the recorded kernel and a list of task names.
import type { BlockReader } from '../byte-window.ts';
import type { EventFormat } from '../event-format/parse.ts';
import { readFtraceFormats, readSystems, readTitledText } from '../event-format/read.ts';

export interface TracingData {
  /** By format id, which is a tracepoint's attr.config and its records' common_type. */
  readonly formats: Map<number, EventFormat>;
  /** The text of /proc/kallsyms; perf has not stored it since 2014, so mostly empty. */
  readonly kallsyms: Uint8Array;
  /** What could not be read, and where in the blob; null when all of it could. */
  readonly damage: { offset: number; reason: string } | null;
}

const NO_SYMBOLS = new Uint8Array(0);

/** Nothing depends on it: where it is cut, functions are told by their events' names. */
function readKallsyms(block: BlockReader): Uint8Array {
  try {
    return block.slice(block.u32());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return NO_SYMBOLS;
  }
}

/** Reads the blob as far as it goes: formats before a damaged place are kept. */
export function readTracingData(open: (littleEndian: boolean) => BlockReader): TracingData {
  const formats = new Map<number, EventFormat>();
  let block = open(true);
  try {
    const magic = block.text(10);
    if (magic !== '\x17\x08\x44tracing') throw new RangeError('its magic is missing');
    block.cString(); // version
    const bigEndian = block.u8() === 1;
    const { offset } = block;
    block = open(!bigEndian);
    block.offset = offset;
    block.u8(); // size of long in perf itself
    block.u32(); // page size
    readTitledText(block, 'header_page');
    readTitledText(block, 'header_event');
    readFtraceFormats(block, new Map());
    readSystems(block, formats);
    return { formats, kallsyms: readKallsyms(block), damage: null };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { formats, kallsyms: NO_SYMBOLS, damage: { offset: block.offset, reason: error.message } };
  }
}
