// Standard input as a file: formats need random access, so a pipe is first written to a temporary file.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface Spool {
  readonly path: string;
  remove(): void;
}

/** Copies a stream to a temporary file of its own, with bounded memory. */
export async function spool(input: NodeJS.ReadableStream): Promise<Spool> {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const path = join(directory, 'stdin');
  try {
    await pipeline(input, createWriteStream(path));
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}
