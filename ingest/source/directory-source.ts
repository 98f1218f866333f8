// A capture that is a directory (perf record --threads): its files laid behind one another, so that formats see one source.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureError, type SourcePart } from '../format/format.ts';
import { type FileSource, openFileSource } from './file-source.ts';

const HEAD = 'data';
const PART = /^data\.(\d{1,6})$/;

/** Opens a directory that perf wrote: `data`, then `data.0`, `data.1`, … Throws CaptureError when it is not one. */
export function openDirectorySource(path: string, name = path): FileSource {
  const names = readdirSync(path);
  if (!names.includes(HEAD)) {
    throw new CaptureError(
      name,
      null,
      'it is a directory, and not one that perf record --threads writes (no file "data" in it)',
      'name a capture file',
    );
  }
  const numbers = names.map((file) => PART.exec(file)?.[1]).filter((number) => number !== undefined);
  numbers.sort((a, b) => Number(a) - Number(b));
  const files = [HEAD, ...numbers.map((number) => `${HEAD}.${number}`)];
  const opened: FileSource[] = [];
  const close = (): void => {
    for (const file of opened) file.close();
  };
  const parts: SourcePart[] = [];
  let size = 0;
  try {
    for (const file of files) {
      const source = openFileSource(join(path, file), `${name}/${file}`);
      opened.push(source);
      parts.push({ name: file, offset: size, size: source.size });
      size += source.size;
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    path,
    name,
    size,
    parts,
    read(offset, length) {
      const pieces: Uint8Array[] = [];
      let at = offset;
      let left = Math.max(0, Math.min(length, size - offset));
      for (let k = 0; k < parts.length && left > 0; k++) {
        const within = at - parts[k].offset;
        if (within < 0 || within >= parts[k].size) continue;
        const piece = opened[k].read(within, Math.min(left, parts[k].size - within));
        if (piece.length === 0) break;
        pieces.push(piece);
        at += piece.length;
        left -= piece.length;
      }
      return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    },
    close,
  };
}
