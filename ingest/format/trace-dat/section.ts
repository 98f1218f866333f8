// Sections of trace.dat version 7: a header, then bytes that may be compressed as a whole.
import type { ByteWindow } from '../byte-window.ts';
import { inflateBlock, zstdBlock } from '../decompress.ts';
import type { Codec } from './trace-file.ts';

const HEADER = 16;
const FLAG_COMPRESSED = 1;
/** Symbols and task names of the largest hosts stay far below. */
const MAX_SIZE = 64 << 20;
/** No text shrinks by more than this. */
const MAX_RATIO = 1024;

/** One compressed block; null when it does not become exactly `size` bytes. */
export function decompressBlock(codec: Codec, bytes: Uint8Array, size: number): Uint8Array | null {
  if (codec === 'zlib') return inflateBlock(bytes, size);
  return codec === 'zstd' ? zstdBlock(bytes, size) : null;
}

/** The content of the section with `id` at `offset`. Throws RangeError with the reason when it cannot be read. */
export function readSection(
  window: ByteWindow,
  littleEndian: boolean,
  codec: Codec,
  offset: number,
  id: number,
): Uint8Array {
  const at = window.at(offset, HEADER);
  if (at < 0) throw new RangeError(`section ${id} would begin beyond the end of the file`);
  const { view } = window;
  const found = view.getUint16(at, littleEndian);
  if (found !== id) throw new RangeError(`section ${id} is not there`);
  const compressed = (view.getUint16(at + 2, littleEndian) & FLAG_COMPRESSED) !== 0;
  const low = view.getUint32(littleEndian ? at + 8 : at + 12, littleEndian);
  const high = view.getUint32(littleEndian ? at + 12 : at + 8, littleEndian);
  const size = high * 4294967296 + low;
  const start = offset + HEADER;
  if (size > window.size - start)
    throw new RangeError(`the file ends inside of section ${id}, which has ${size} bytes`);
  if (!compressed) {
    if (size > MAX_SIZE) throw new RangeError(`section ${id} has ${size} bytes`);
    return window.copy(start, size);
  }
  const sizes = size < 8 ? -1 : window.at(start, 8);
  if (sizes < 0) throw new RangeError(`section ${id} has no compressed content`);
  const compressedSize = window.view.getUint32(sizes, littleEndian);
  const plainSize = window.view.getUint32(sizes + 4, littleEndian);
  if (compressedSize > size - 8 || plainSize > MAX_SIZE || plainSize > (compressedSize + 64) * MAX_RATIO)
    throw new RangeError(`section ${id} claims that ${compressedSize} bytes become ${plainSize}`);
  const plain = decompressBlock(codec, window.copy(start + 8, compressedSize), plainSize);
  if (plain === null) throw new RangeError(`section ${id} cannot be decompressed (${codec})`);
  return plain;
}
