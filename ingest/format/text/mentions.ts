// Which names a text has anywhere, found without reading its lines.
import type { ByteSource } from '../format.ts';

const PIECE = 1 << 20;

/** Those of `names` (ASCII) that occur in the source. Looks no further once all were found. */
export function mentioned(source: ByteSource, names: readonly string[]): string[] {
  const missing = new Set(names);
  const overlap = Math.max(...names.map((name) => name.length)) - 1;
  for (let offset = 0; offset < source.size && missing.size > 0; ) {
    const bytes = source.read(offset, PIECE);
    if (bytes.length === 0) break;
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const name of missing) if (piece.includes(name, 0, 'latin1')) missing.delete(name);
    if (offset + bytes.length >= source.size) break;
    offset += Math.max(1, bytes.length - overlap);
  }
  return names.filter((name) => !missing.has(name));
}
