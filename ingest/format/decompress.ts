// Decompression inside formats: whole zlib and zstd blocks of known size, and one zstd stream over many records. Bounded memory.
import { inflateSync } from 'node:zlib';
import { Decompress } from 'fzstd';

/** A zstd window above this is refused: no tracer compresses with more, and the decoder would allocate it at once. */
const MAX_WINDOW = 1 << 27;
const ZSTD_MAGIC = 0xfd2fb528;

/** The window that a zstd frame asks for (RFC 8878, 3.1.1.1), or -1 when the bytes are not the head of a frame. */
export function zstdWindow(bytes: Uint8Array): number {
  if (bytes.length < 6) return -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== ZSTD_MAGIC) return -1;
  const descriptor = bytes[4];
  if ((descriptor & 0x20) === 0) {
    const base = 2 ** (10 + (bytes[5] >> 3));
    return base + (base / 8) * (bytes[5] & 7);
  }
  // single segment: the window is the content's size, which follows the dictionary id
  const at = 5 + [0, 1, 2, 4][descriptor & 3];
  const length = [1, 2, 4, 8][descriptor >> 6];
  if (at + length > bytes.length) return -1;
  let size = 0;
  for (let i = length - 1; i >= 0; i--) size = size * 256 + bytes[at + i];
  return length === 2 ? size + 256 : size;
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

/** Length of a zstd frame's header (RFC 8878, 3.1.1.1), -1 when no frame begins here or it needs a dictionary. */
function zstdHeaderSize(bytes: Uint8Array): number {
  if (zstdWindow(bytes) < 0) return -1;
  const descriptor = bytes[4];
  if ((descriptor & 3) !== 0) return -1;
  const single = (descriptor & 0x20) !== 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
  return 5 + (single ? 0 : 1) + contentSize;
}

/** One whole zstd frame that becomes exactly `size` bytes; null when it does not. */
export function zstdBlock(bytes: Uint8Array, size: number): Uint8Array | null {
  const header = zstdHeaderSize(bytes);
  if (header < 0) return null;
  // A header that asks for no larger a window than the content is: the decoder allocates what it asks for. And the stream's decoder,
  // because the one for whole frames does not tell a frame that is shorter or longer than it says.
  const window = Math.max(1, Math.min(size, zstdWindow(bytes)));
  const exponent = Math.max(10, 32 - Math.clz32(window - 1));
  const frame = new Uint8Array(6 + Math.max(0, bytes.length - header));
  frame.set([0x28, 0xb5, 0x2f, 0xfd, bytes[4] & 0x04, (exponent - 10) << 3]);
  frame.set(bytes.subarray(header), 6);
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

/** Nothing that is recorded shrinks by more than this; what claims to is made to fill memory. */
const MAX_RATIO = 4096;

/** One zstd stream that is cut into pieces at any place and need never end. Bytes come out as soon as they are complete. */
export class ZstdStream {
  private readonly decoder: Decompress;
  private started = false;
  private taken = 0;
  private given = 0;
  private broken: string | null = null;
  private sink: (bytes: Uint8Array) => void = () => undefined;

  constructor() {
    this.decoder = new Decompress((bytes) => {
      this.given += bytes.length;
      if (this.given > (this.taken + 65536) * MAX_RATIO) throw new RangeError('it grows beyond all measure');
      this.sink(bytes);
    });
  }

  /** Feeds the next piece. Returns a reason when the stream is damaged, from then on for every piece; else null. */
  push(piece: Uint8Array, sink: (bytes: Uint8Array) => void): string | null {
    if (this.broken !== null) return this.broken;
    if (!this.started) {
      const window = zstdWindow(piece);
      if (window < 0 || window > MAX_WINDOW) {
        this.broken = window < 0 ? 'no zstd stream begins here' : `it asks for a window of ${window} bytes`;
        return this.broken;
      }
      this.started = true;
    }
    this.taken += piece.length;
    this.sink = sink;
    try {
      this.decoder.push(new Uint8Array(piece), false);
    } catch (error) {
      this.broken = error instanceof Error ? error.message : 'damaged';
    }
    return this.broken;
  }
}
