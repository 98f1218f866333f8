// The perf.data header: byte order, section table, feature bits (perf: tools/perf/Documentation/perf.data-file-format.txt).
import type { ByteWindow } from '../byte-window.ts';

export interface Section {
  readonly offset: number;
  readonly size: number;
}

export interface FileHeader {
  readonly littleEndian: boolean;
  /** Written to a pipe: no sections, everything comes as records. */
  readonly pipe: boolean;
  /** Size of one entry of the attrs section: the writer's perf_event_attr and a section of ids. */
  readonly attrSize: number;
  readonly attrs: Section;
  readonly data: Section;
  /** Feature bits that are set, ascending. */
  readonly features: readonly number[];
}

const MAGIC_LITTLE = 'PERFILE2';
const MAGIC_BIG = '2ELIFREP';
const FEATURE_HOSTNAME = 3;
const FEATURE_BITS = 256;
const PIPE_HEADER = 16;

export type Magic = 'little' | 'big' | 'version 1' | null;

export function readMagic(head: Uint8Array): Magic {
  const text = String.fromCharCode(...head.subarray(0, 8));
  if (text === MAGIC_LITTLE) return 'little';
  if (text === MAGIC_BIG) return 'big';
  return text === 'PERFFILE' || text === 'ELIFFREP' ? 'version 1' : null;
}

/** Whether a file begins as perf writes it to a pipe: its header is no more than a magic and its own size. */
export function isPipeHeader(head: Uint8Array): boolean {
  const magic = readMagic(head);
  if (head.length < PIPE_HEADER || (magic !== 'little' && magic !== 'big')) return false;
  return readU64(new DataView(head.buffer, head.byteOffset, PIPE_HEADER), 8, magic === 'little') === PIPE_HEADER;
}

/** A 64-bit offset or size; far above any file when damaged, which the callers' bounds then catch. */
export function readU64(view: DataView, at: number, littleEndian: boolean): number {
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  return high * 4294967296 + low;
}

/** Bits of the feature bitmap. A big-endian writer stores 64-bit words; a 32-bit one stores words of half the size. */
function readFeatures(view: DataView, at: number, littleEndian: boolean): number[] {
  const decode = (wordSize: 4 | 8): number[] => {
    const bits: number[] = [];
    for (let bit = 0; bit < FEATURE_BITS; bit++) {
      const word = Math.floor(bit / (wordSize * 8)) * wordSize;
      const inWord = bit % (wordSize * 8);
      const byte = littleEndian ? word + (inWord >> 3) : word + wordSize - 1 - (inWord >> 3);
      if ((view.getUint8(at + byte) >> (inWord & 7)) & 1) bits.push(bit);
    }
    return bits;
  };
  const wide = decode(8);
  if (littleEndian || wide.includes(FEATURE_HOSTNAME)) return wide;
  const narrow = decode(4);
  return narrow.includes(FEATURE_HOSTNAME) ? narrow : wide;
}

/** Reads the header; null when the file ends inside it. */
export function readHeader(window: ByteWindow, littleEndian: boolean): FileHeader | null {
  const start = window.at(0, 16);
  if (start < 0) return null;
  const size = readU64(window.view, start + 8, littleEndian);
  const none = { offset: 0, size: 0 };
  if (size === PIPE_HEADER) return { littleEndian, pipe: true, attrSize: 0, attrs: none, data: none, features: [] };
  const at = window.at(0, 72);
  if (at < 0) return null;
  const u64 = (offset: number): number => readU64(window.view, at + offset, littleEndian);
  const header = {
    littleEndian,
    pipe: false,
    attrSize: u64(16),
    attrs: { offset: u64(24), size: u64(32) },
    data: { offset: u64(40), size: u64(48) },
  };
  const bitmap = size >= 104 ? window.at(72, 32) : -1;
  return { ...header, features: bitmap < 0 ? [] : readFeatures(window.view, bitmap, littleEndian) };
}
