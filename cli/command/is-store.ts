// Tells a store from a capture where the command line takes either.
import { closeSync, openSync, readSync } from 'node:fs';

const SQLITE = Buffer.from('SQLite format 3\0');

/** A file that is an SQLite database; false for what cannot be read, of which the one who opens it will tell. */
export function isStore(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(SQLITE.length);
      return readSync(file, head, 0, head.length, 0) === head.length && head.equals(SQLITE);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
