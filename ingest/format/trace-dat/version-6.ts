// trace.dat version 6: one block behind the other, then a tag that says whether options, a text or ring buffers follow.
import { BlockReader, type ByteWindow, latin1, paddedString } from '../byte-window.ts';
import type { EventFormat } from '../event-format/parse.ts';
import { readFtraceFormats, readSystems, readTitledText } from '../event-format/read.ts';
import { FileCursor } from './file-cursor.ts';
import { isAncient, readPageLayout } from './header.ts';
import { applyOption, currentClock, newOptions, OPTION, type TraceOptions } from './options.ts';
import {
  type BufferData,
  type CpuData,
  type LatencyText,
  plausiblePageSize,
  type Reading,
  type TraceFile,
} from './trace-file.ts';

const TAG_OPTIONS = 'options  \0';
const TAG_LATENCY = 'latency  \0';
const TAG_FLYRECORD = 'flyrecord\0';
const MAX_CPUS = 65536;
const MAX_INSTANCES = 4096;
const MAX_CLOCKS_TEXT = 4096;
const MAX_SYMBOLS_TEXT = 64 << 20;

interface Instance {
  readonly name: string;
  readonly offset: number;
}

/** Options until the one with id 0, which has neither size nor data. */
function readOptions(cursor: FileCursor, reading: Reading, options: TraceOptions): Instance[] {
  const instances: Instance[] = [];
  for (;;) {
    const { offset } = cursor;
    const id = cursor.u16();
    if (id === OPTION.DONE) return instances;
    const bytes = cursor.slice(cursor.u32());
    try {
      if (id === OPTION.BUFFER) {
        const at = new BlockReader(bytes, reading.littleEndian).u64();
        if (instances.length < MAX_INSTANCES) instances.push({ name: paddedString(bytes.subarray(8)), offset: at });
      } else applyOption(options, id, bytes, reading.littleEndian);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reading.reject(offset, `option ${id} is damaged: ${error.message}`);
    }
  }
}

/** The clock's text behind a table of CPUs; null where none follows. Never throws: the pages are found without it. */
function readClock(cursor: FileCursor): string | null {
  if (cursor.remaining < 8) return null;
  const size = cursor.u64();
  return size > MAX_CLOCKS_TEXT || size > cursor.remaining ? null : currentClock(latin1(cursor.slice(size)));
}

/** `offset, size` of each CPU's pages, behind the tag. */
function readCpus(cursor: FileCursor, count: number): CpuData[] {
  const cpus: CpuData[] = [];
  for (let cpu = 0; cpu < count; cpu++) {
    const offset = cursor.u64();
    const size = cursor.u64();
    if (size > 0) cpus.push({ cpu, offset, size });
  }
  return cpus;
}

/** Everything in front of the ring buffers. Throws RangeError where the file ends too early. */
function readMetadata(
  cursor: FileCursor,
  window: ByteWindow,
  formats: Map<number, EventFormat>,
): Pick<TraceFile, 'layout' | 'kallsyms' | 'cmdlines' | 'cmdlinesAt'> & { cpus: number } {
  const layout = readPageLayout(readTitledText(cursor, 'header_page'));
  const headerEvent = readTitledText(cursor, 'header_event');
  if (layout === null) throw new RangeError('header_page does not say where the events of a page are');
  if (isAncient(headerEvent)) throw new RangeError('its kernel is older than Linux 2.6.32');
  readFtraceFormats(cursor, formats);
  readSystems(cursor, formats);
  const kallsymsSize = cursor.u32();
  const symbols = cursor.offset;
  cursor.skip(kallsymsSize);
  const kallsyms = (): Uint8Array => window.copy(symbols, Math.min(kallsymsSize, MAX_SYMBOLS_TEXT));
  cursor.skip(cursor.u32()); // printk formats
  const cmdlinesSize = cursor.u64();
  const cmdlinesAt = cursor.offset;
  const cmdlines = cursor.slice(cmdlinesSize);
  return { layout, kallsyms, cmdlines, cmdlinesAt, cpus: cursor.u32() };
}

/** Reads everything but the pages; from `offset`, behind the start. Null when damage leaves nothing that could be decoded. */
export function readVersion6(reading: Reading, offset: number): TraceFile | null {
  const { window, littleEndian, pageSize } = reading;
  const cursor = new FileCursor(window, littleEndian, offset);
  const formats = new Map<number, EventFormat>();
  const options = newOptions();
  const buffers: BufferData[] = [];
  let latency: LatencyText | null = null;
  try {
    const metadata = readMetadata(cursor, window, formats);
    const cpuCount = (): number => {
      const count = options.cpuCount ?? metadata.cpus;
      return Math.min(count * 16 > cursor.remaining ? metadata.cpus : count, MAX_CPUS);
    };
    const file = (): TraceFile => ({ ...metadata, littleEndian, formats, options, buffers, latency });
    const addBuffer = (name: string): void => {
      const cpus = readCpus(cursor, cpuCount());
      const clock = readClock(cursor);
      const size = plausiblePageSize(pageSize, metadata.layout.pageSize);
      buffers.push({ name, clock, pageSize: size, codec: 'none', cpus });
    };
    try {
      let instances: Instance[] = [];
      let tag = latin1(cursor.slice(10));
      if (tag === TAG_OPTIONS) {
        instances = readOptions(cursor, reading, options);
        tag = latin1(cursor.slice(10));
      }
      if (tag === TAG_LATENCY) latency = { buffer: '', offset: cursor.offset };
      else if (tag === TAG_FLYRECORD) addBuffer('');
      else reading.reject(cursor.offset - 10, 'neither ring buffers nor a text follow the options');
      for (const instance of instances) {
        cursor.offset = Math.min(instance.offset, window.size);
        if (latin1(cursor.slice(10)) !== TAG_FLYRECORD)
          reading.reject(
            Math.min(instance.offset, window.size),
            `the buffer of instance ${instance.name} is not there`,
          );
        else addBuffer(instance.name);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reading.reject(Math.min(cursor.offset, window.size), `the list of ring buffers ends early: ${error.message}`);
    }
    return file();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reading.reject(Math.min(cursor.offset, window.size), error.message);
    return null;
  }
}
