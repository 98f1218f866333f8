// Decompression inside formats: whole zlib and zstd blocks of known size, with bounded memory.
import { inflateSync } from 'node:zlib';
import { Decompress } from 'fzstd';

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

/** One whole zstd frame that becomes exactly `size` bytes; null when it does not, or needs a dictionary. */
export function zstdBlock(bytes: Uint8Array, size: number): Uint8Array | null {
  const head = zstdHead(bytes);
  if (head.window < 0 || (bytes[4] & 3) !== 0) return null;
  // A header that asks for no larger a window than the content is: the decoder allocates what it asks for. And the stream's decoder,
  // because the one for whole frames does not tell a frame that is shorter or longer than it says.
  const window = Math.max(1, Math.min(size, head.window));
  const exponent = Math.max(10, 32 - Math.clz32(window - 1));
  const frame = new Uint8Array(6 + Math.max(0, bytes.length - head.size));
  frame.set([0x28, 0xb5, 0x2f, 0xfd, bytes[4] & 0x04, (exponent - 10) << 3]);
  frame.set(bytes.subarray(head.size), 6);
  const content = new Uint8Array(size);
  let filled = 0;
  const decoder = new Decompress((part) => {
    if (filled + part.length > size) throw new RangeError('longer than it says');
    content.set(part, filled);
    filled += part.length;
  });
  try {
    decoder.push(frame, true);
  } catch {
    return null;
  }
  return filled === size ? content : null;
}
