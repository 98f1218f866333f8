// The content hash by which a capture is known, whatever its name.
import { createHash } from 'node:crypto';
import type { ByteSource } from '../format/format.ts';

const PIECE = 1 << 20;

/** SHA-256 of all bytes, in hex. */
export function contentHash(source: ByteSource): string {
  const hash = createHash('sha256');
  if (source.readInto !== undefined) {
    const piece = new Uint8Array(PIECE);
    for (let offset = 0; offset < source.size; ) {
      const filled = source.readInto(piece, offset);
      if (filled === 0) break;
      hash.update(filled === PIECE ? piece : piece.subarray(0, filled));
      offset += filled;
    }
    return hash.digest('hex');
  }
  for (let offset = 0; offset < source.size; ) {
    const bytes = source.read(offset, PIECE);
    if (bytes.length === 0) break;
    hash.update(bytes);
    offset += bytes.length;
  }
  return hash.digest('hex');
}

/** The hash of a capture with snapshots beside it: of their hashes, in the order in which they were given; without any, its own. */
export const hashBeside = (source: ByteSource, beside: readonly ByteSource[]): string =>
  hashWith(contentHash(source), beside);

/** The same for a capture whose own hash is known. */
export function hashWith(own: string, beside: readonly ByteSource[]): string {
  if (beside.length === 0) return own;
  const hash = createHash('sha256').update(own);
  for (const file of beside) hash.update(contentHash(file));
  return hash.digest('hex');
}
