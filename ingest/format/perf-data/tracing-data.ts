// The tracing_data blob of a perf.data file: the event formats of the recorded kernel and a list of task names.
import { type BlockReader, latin1 } from '../byte-window.ts';
import { type EventFormat, parseEventFormat } from '../event-format/parse.ts';

export interface TracingData {
  /** By format id, which is a tracepoint's attr.config and its records' common_type. */
  readonly formats: Map<number, EventFormat>;
  /** What could not be read, and where in the blob; null when all of it could. */
  readonly damage: { offset: number; reason: string } | null;
}

const MAX_SYSTEMS = 4096;
const MAX_EVENTS = 65536;

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
    for (const title of ['header_page', 'header_event']) {
      if (block.cString() !== title) throw new RangeError(`${title} is missing`);
      block.slice(block.u64());
    }
    const ftraceEvents = block.u32();
    for (let i = 0; i < ftraceEvents && i < MAX_EVENTS; i++) block.slice(block.u64());
    const systems = Math.min(block.u32(), MAX_SYSTEMS);
    for (let s = 0; s < systems; s++) {
      const system = block.cString();
      const events = Math.min(block.u32(), MAX_EVENTS);
      for (let e = 0; e < events; e++) {
        const format = parseEventFormat(system, latin1(block.slice(block.u64())));
        if (format !== null) formats.set(format.id, format);
      }
    }
    return { formats, damage: null };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { formats, damage: { offset: block.offset, reason: error.message } };
  }
}
