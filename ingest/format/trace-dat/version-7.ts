// trace.dat version 7: sections anywhere in the file, found through chains of options.
import { BlockReader, type ByteWindow } from '../byte-window.ts';
import type { EventFormat } from '../event-format/parse.ts';
import { readFtraceFormats, readSystems, readTitledText } from '../event-format/read.ts';
import { isAncient, type PageLayout, readPageLayout } from './header.ts';
import { applyOption, newOptions, OPTION } from './options.ts';
import { readSection } from './section.ts';
import {
  type BufferData,
  type Codec,
  type CpuData,
  type LatencyText,
  plausiblePageSize,
  type Reading,
  type TraceFile,
} from './trace-file.ts';

const MAX_SECTIONS = 1024;
const MAX_OPTIONS = 65536;
const MAX_BUFFERS = 4096;
/** Bytes of options in all sections together. */
const MAX_OPTIONS_SIZE = 64 << 20;

export interface Version7Start {
  /** Name as the file spells it. */
  readonly compression: string;
  /** Offset of the first section of options. */
  readonly options: number;
}

/** What stands behind the start of a version 7 file; null when the file ends before. */
export function readVersion7Start(window: ByteWindow, littleEndian: boolean, offset: number): Version7Start | null {
  const block = new BlockReader(window.copy(offset, 256), littleEndian);
  try {
    const compression = block.cString();
    block.cString(); // version of the compressor
    return { compression, options: block.u64() };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** `u64 section, name, clock, u32 page size, u32 n` and n times `u32 cpu, u64 offset, u64 size`. */
function readBuffer(bytes: Uint8Array, reading: Reading, codec: Codec): BufferData {
  const block = new BlockReader(bytes, reading.littleEndian);
  const section = block.u64();
  const name = block.cString();
  const clock = block.cString();
  const pageSize = plausiblePageSize(block.u32(), reading.pageSize);
  const count = block.u32();
  const cpus: CpuData[] = [];
  for (let i = 0; i < count; i++) {
    const cpu = block.u32();
    const offset = block.u64();
    const size = block.u64();
    if (size > 0) cpus.push({ cpu: cpu | 0, offset, size });
  }
  return { name, clock: clock === '' ? null : clock, pageSize, codec: isCompressed(reading, section, codec), cpus };
}

/** The flag of a buffer's section says whether its chunks are compressed; a section that cannot be read is taken to be. */
function isCompressed({ window, littleEndian }: Reading, section: number, codec: Codec): Codec {
  const at = window.at(section, 16);
  if (at < 0 || window.view.getUint16(at, littleEndian) !== OPTION.BUFFER) return codec;
  return (window.view.getUint16(at + 2, littleEndian) & 1) === 0 ? 'none' : codec;
}

/** Collects what the chains of options tell. */
class OptionChain {
  readonly options = newOptions();
  readonly buffers: BufferData[] = [];
  /** Offsets of sections by their id. */
  readonly sections = new Map<number, number>();
  latency: LatencyText | null = null;
  private readonly reading: Reading;
  private readonly codec: Codec;
  private count = 0;

  constructor(reading: Reading, codec: Codec) {
    this.reading = reading;
    this.codec = codec;
  }

  follow(first: number): void {
    const seen = new Set<number>();
    let size = 0;
    for (let next = first; next !== 0; ) {
      if (seen.has(next) || seen.size >= MAX_SECTIONS || size > MAX_OPTIONS_SIZE) {
        this.reject(next, 'the sections of options lead in a circle, or are without end');
        return;
      }
      seen.add(next);
      try {
        const bytes = readSection(this.reading.window, this.reading.littleEndian, this.codec, next, OPTION.DONE);
        size += bytes.length;
        next = this.read(bytes, next);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.reject(next, `options cannot be read: ${error.message}`);
        return;
      }
    }
  }

  /** One section's options. Returns the offset of the next section, 0 at the end. */
  private read(bytes: Uint8Array, offset: number): number {
    const block = new BlockReader(bytes, this.reading.littleEndian);
    while (block.remaining > 0 && this.count++ < MAX_OPTIONS) {
      const id = block.u16();
      const content = block.slice(block.u32());
      try {
        if (id === OPTION.DONE) return new BlockReader(content, this.reading.littleEndian).u64();
        this.apply(id, content);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.reject(offset, `option ${id} is damaged: ${error.message}`);
      }
    }
    return 0;
  }

  private apply(id: number, content: Uint8Array): void {
    if (id === OPTION.BUFFER) {
      if (this.buffers.length < MAX_BUFFERS) this.buffers.push(readBuffer(content, this.reading, this.codec));
    } else if (id === OPTION.BUFFER_TEXT) {
      const block = new BlockReader(content, this.reading.littleEndian);
      const offset = block.u64();
      this.latency ??= { buffer: block.cString(), offset };
    } else if (id >= OPTION.STRINGS) {
      const offset = new BlockReader(content, this.reading.littleEndian).u64();
      if (!this.sections.has(id)) this.sections.set(id, offset);
    } else applyOption(this.options, id, content, this.reading.littleEndian);
  }

  private reject(offset: number, reason: string): void {
    this.reading.reject(Math.min(offset, this.reading.window.size), reason);
  }
}

/** Reads everything but the pages. Null when damage leaves nothing that could be decoded. */
export function readVersion7(reading: Reading, start: Version7Start, codec: Codec): TraceFile | null {
  const { window, littleEndian } = reading;
  const chain = new OptionChain(reading, codec);
  chain.follow(start.options);
  const read = <T>(id: number, decode: (block: BlockReader) => T, otherwise: T): T => {
    const offset = chain.sections.get(id);
    if (offset === undefined) return otherwise;
    try {
      return decode(new BlockReader(readSection(window, littleEndian, codec, offset, id), littleEndian));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reading.reject(Math.min(offset, window.size), error.message);
      return otherwise;
    }
  };
  const layout = read(
    OPTION.HEADER_INFO,
    (block): PageLayout | null => {
      const found = readPageLayout(readTitledText(block, 'header_page'));
      return isAncient(readTitledText(block, 'header_event')) ? null : found;
    },
    null,
  );
  if (layout === null) {
    reading.reject(Math.min(start.options, window.size), 'header_page does not say where the events of a page are');
    return null;
  }
  const formats = new Map<number, EventFormat>();
  read(OPTION.FTRACE_EVENTS, (block) => readFtraceFormats(block, formats), undefined);
  read(OPTION.EVENT_FORMATS, (block) => readSystems(block, formats), undefined);
  // symbols are a u32 size and text, command lines a u64 size and text
  const cmdlines = read(OPTION.CMDLINES, (block) => block.slice(block.u64()), new Uint8Array(0));
  return {
    littleEndian,
    layout,
    formats,
    kallsyms: () => {
      window.forget(); // by now the pages were read
      return read(OPTION.KALLSYMS, (block) => block.slice(block.u32()), new Uint8Array(0));
    },
    cmdlines,
    cmdlinesAt: Math.min(chain.sections.get(OPTION.CMDLINES) ?? 0, window.size),
    options: chain.options,
    buffers: chain.buffers,
    latency: chain.latency,
  };
}
