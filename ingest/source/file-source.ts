// A capture file as a ByteSource: read on demand, never as a whole.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type ByteSource, CaptureError } from '../format/format.ts';

export interface FileSource extends ByteSource {
  /** Where the bytes are. */
  readonly path: string;
  close(): void;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

function explain(name: string, error: unknown): CaptureError {
  const { code, message } = error as NodeJS.ErrnoException;
  const next = code === 'EACCES' ? 'perf records as root: chown the file or read it with sudo' : 'check the path';
  return new CaptureError(name, null, REASONS[code ?? ''] ?? message, next);
}

/** Opens a file. Throws CaptureError when it cannot be opened or is not a regular file. */
export function openFileSource(path: string, name = path): FileSource {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw explain(name, error);
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw new CaptureError(
      name,
      null,
      stat.isDirectory() ? 'it is a directory' : 'it is not a regular file',
      'name a capture file, or - for standard input',
    );
  }
  return {
    path,
    name,
    size: stat.size,
    read(offset, length) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, stat.size - offset)));
      let filled = 0;
      while (filled < buffer.length) {
        const got = readSync(fd, buffer, filled, buffer.length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      return buffer.subarray(0, filled);
    },
    readInto(target, offset) {
      let filled = 0;
      while (filled < target.length) {
        const got = readSync(fd, target, filled, target.length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      return filled;
    },
    close: () => closeSync(fd),
  };
}
