// Opens what a user names: a file, a directory that perf wrote, or either of them under gzip, zstd or xz.
import { statSync } from 'node:fs';
import { openDirectorySource } from './directory-source.ts';
import { type FileSource, openFileSource } from './file-source.ts';
import { unwrap } from './unwrap.ts';

/** Throws CaptureError when it cannot be opened or unpacked. Whoever opens closes, which also removes what was unpacked. */
export async function openSource(path: string, name = path): Promise<FileSource> {
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isDirectory ? openDirectorySource(path, name) : unwrap(openFileSource(path, name));
}
