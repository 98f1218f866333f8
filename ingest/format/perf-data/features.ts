// Feature sections: host, kernel, command line, clock relation, time span. Each is optional and may be damaged.
import { BlockReader, type ByteWindow, paddedString } from '../byte-window.ts';
import type { FileHeader, Section } from './header.ts';
import { readU64 } from './header.ts';

export const FEATURE = {
  TRACING_DATA: 1,
  HOSTNAME: 3,
  OSRELEASE: 4,
  VERSION: 5,
  ARCH: 6,
  CMDLINE: 11,
  SAMPLE_TIME: 21,
  COMPRESSED: 27,
  CLOCK_DATA: 29,
} as const;

/** Where each feature's section is. Empty when the table lies beyond the end of a truncated file. */
export function featureSections(window: ByteWindow, header: FileHeader): Map<number, Section> {
  const sections = new Map<number, Section>();
  let at = header.data.offset + header.data.size;
  for (const feature of header.features) {
    const index = window.at(at, 16);
    if (index < 0) break;
    sections.set(feature, {
      offset: readU64(window.view, index, header.littleEndian),
      size: readU64(window.view, index + 8, header.littleEndian),
    });
    at += 16;
  }
  return sections;
}

const MAX_TEXT_SECTION = 1 << 20;

export interface Features {
  host: string | null;
  kernel: string | null;
  version: string | null;
  arch: string | null;
  cmdline: string | null;
  /** First and last sample's time as the recorder knew them. */
  sampleTime: { first: bigint; last: bigint } | null;
  clock: { clockId: number; wallNs: bigint; clockNs: bigint } | null;
}

const readString = (block: BlockReader): string => paddedString(block.slice(block.u32()));

/** perf quotes nothing in the stored command line, so arguments are joined as they are. */
function readStrings(block: BlockReader): string {
  const count = Math.min(block.u32(), 4096);
  const words: string[] = [];
  for (let i = 0; i < count; i++) words.push(readString(block));
  return words.join(' ');
}

export function readFeatures(window: ByteWindow, header: FileHeader, sections: Map<number, Section>): Features {
  const read = <T>(feature: number, decode: (block: BlockReader) => T): T | null => {
    const section = sections.get(feature);
    if (section === undefined) return null;
    const bytes = window.copy(section.offset, Math.min(section.size, MAX_TEXT_SECTION));
    try {
      return decode(new BlockReader(bytes, header.littleEndian));
    } catch (error) {
      if (error instanceof RangeError) return null; // a damaged description must not cost the events
      throw error;
    }
  };
  return {
    host: read(FEATURE.HOSTNAME, readString),
    kernel: read(FEATURE.OSRELEASE, readString),
    version: read(FEATURE.VERSION, readString),
    arch: read(FEATURE.ARCH, readString),
    cmdline: read(FEATURE.CMDLINE, readStrings),
    sampleTime: read(FEATURE.SAMPLE_TIME, (block) => ({ first: block.bigU64(), last: block.bigU64() })),
    clock: read(FEATURE.CLOCK_DATA, (block) => {
      block.u32(); // version
      const clockId = block.u32();
      return { clockId, wallNs: block.bigU64(), clockNs: block.bigU64() };
    }),
  };
}
