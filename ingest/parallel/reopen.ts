// Files that one thread has opened, opened once more by another.
import { statSync } from 'node:fs';
import { openDirectorySource } from '../source/directory-source.ts';
import { type FileSource, openFileSource } from '../source/file-source.ts';
import type { OpenedFile } from './messages.ts';

export const openedFile = ({ path, name, wrapperProblem }: FileSource): OpenedFile => ({
  path,
  name,
  wrapperProblem: wrapperProblem ?? null,
});

export function reopen({ path, name, wrapperProblem }: OpenedFile): FileSource {
  const file = statSync(path).isDirectory() ? openDirectorySource(path, name) : openFileSource(path, name);
  return { ...file, wrapperProblem };
}
