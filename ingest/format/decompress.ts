// Decompression inside formats: whole zlib and zstd blocks of known size, with bounded memory.
import { inflateSync } from 'node:zlib';
import { decompress } from 'fzstd';

/** A zstd window above this is refused: no tracer compresses with more, and the decoder would allocate it at once. */
export const MAX_WINDOW = 1 << 27;
const ZSTD_MAGIC = 0xfd2fb528;

/** The window that a zstd frame asks for (RFC 8878, 3.1.1.1) and the size of its header; window -1: this is no frame's head. */
export function zstdHead(bytes: Uint8Array): { window: number; size: number } {
  const none = { window: -1, size: 0 };
  if (bytes.length < 6) return none;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== ZSTD_MAGIC) return none;
  const descriptor = bytes[4];
  const single = (descriptor & 0x20) !== 0;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  const length = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
  if (!single) {
    const base = 2 ** (10 + (bytes[5] >> 3));
    return { window: base + (base / 8) * (bytes[5] & 7), size: at + length };
  }
  // single segment: the window is the content's size
  if (at + length > bytes.length) return none;
  let size = 0;
  for (let i = length - 1; i >= 0; i--) size = size * 256 + bytes[at + i];
  return { window: length === 2 ? size + 256 : size, size: at + length };
}

/** One whole block that becomes exactly `size` bytes; null when it does not. */
export function inflateBlock(bytes: Uint8Array, size: number): Uint8Array | null {
  try {
    const out = inflateSync(bytes, { maxOutputLength: Math.max(1, size) });
    return out.length === size ? out : null;
  } catch {
    return null; // damaged, or longer than it says
  }
}

/** One whole zstd frame that becomes exactly `size` bytes; null when it does not. */
export function zstdBlock(bytes: Uint8Array, size: number): Uint8Array | null {
  const { window } = zstdHead(bytes);
  if (window < 0 || window > MAX_WINDOW) return null;
  try {
    const out = decompress(bytes, new Uint8Array(size));
    return out.length === size ? out : null;
  } catch {
    return null;
  }
}
