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

export const noFeatures = (): Features => ({
  host: null,
  kernel: null,
  version: null,
  arch: null,
  cmdline: null,
  sampleTime: null,
  clock: null,
});

/** Takes one feature's payload in, if it is one of use here. A damaged description must not cost the events. */
export function takeFeature(features: Features, feature: number, block: BlockReader): void {
  try {
    switch (feature) {
      case FEATURE.HOSTNAME:
        features.host = readString(block);
        return;
      case FEATURE.OSRELEASE:
        features.kernel = readString(block);
        return;
      case FEATURE.VERSION:
        features.version = readString(block);
        return;
      case FEATURE.ARCH:
        features.arch = readString(block);
        return;
      case FEATURE.CMDLINE:
        features.cmdline = readStrings(block);
        return;
      case FEATURE.SAMPLE_TIME: {
        const span = { first: block.bigU64(), last: block.bigU64() };
        features.sampleTime = span.last === 0n ? null : span; // zeros in pipes: not known yet
        return;
      }
      case FEATURE.CLOCK_DATA: {
        block.u32(); // version
        const clockId = block.u32();
        features.clock = { clockId, wallNs: block.bigU64(), clockNs: block.bigU64() };
        return;
      }
      default:
        return;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

/** All features of a file's table. */
export function readFeatures(window: ByteWindow, header: FileHeader, sections: Map<number, Section>): Features {
  const features = noFeatures();
  for (const [feature, section] of sections) {
    if (feature === FEATURE.TRACING_DATA) continue;
    const bytes = window.copy(section.offset, Math.min(section.size, MAX_TEXT_SECTION));
    takeFeature(features, feature, new BlockReader(bytes, header.littleEndian));
  }
  return features;
}
