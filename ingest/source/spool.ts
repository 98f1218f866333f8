// Standard input as a file: most formats need random access, so what does not go on for long is first written to a temporary file.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Spool {
  readonly path: string;
  remove(): void;
}

async function* behind(head: readonly Uint8Array[], input: Readable, ended: boolean): AsyncGenerator<Uint8Array> {
  yield* head;
  if (!ended) yield* input;
}

/** Copies a stream to a temporary file of its own, with bounded memory. `head` was read of it before; `ended`: that is all. */
export async function spool(input: Readable, head: readonly Uint8Array[] = [], ended = false): Promise<Spool> {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const path = join(directory, 'stdin');
  try {
    await pipeline(Readable.from(behind(head, input, ended)), createWriteStream(path));
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}
