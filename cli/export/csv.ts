// Views of a store as CSV: one file each, or one of them to standard output.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { querySql, type SqlResult } from '../../core/store/sql-query.ts';
import type { Store } from '../../core/store/store.ts';
import { VIEWS } from '../../core/store/views/index.ts';
import { sqlCsv } from '../render/sql-csv.ts';

/** Views by the name that --view takes: without their `v_`. */
export const VIEW_NAMES: readonly string[] = Object.keys(VIEWS).map((name) => name.slice(2));

const CHUNK = 1 << 16;

/** All rows of a view, or those of some listeners. `view` is one of VIEW_NAMES. */
export function viewRows(store: Store, view: string, listeners: readonly number[] | null): SqlResult {
  const chosen = listeners === null ? '' : ` WHERE listener IN (${listeners.join(', ')})`;
  return querySql(store, `SELECT * FROM v_${view}${chosen}`);
}

export interface WrittenFile {
  readonly path: string;
  readonly rows: number;
}

function writeView(path: string, result: SqlResult): number {
  const file = openSync(path, 'w');
  try {
    let text = '';
    let lines = 0;
    for (const line of sqlCsv(result, false)) {
      lines++;
      text += `${line}\n`;
      if (text.length < CHUNK) continue;
      writeSync(file, text);
      text = '';
    }
    writeSync(file, text);
    return lines - 1;
  } finally {
    closeSync(file);
  }
}

/** Writes `listeners.csv`, `waits.csv` … into a directory, which is made when it is not there. Throws what the file system throws. */
export function writeCsv(
  store: Store,
  directory: string,
  views: readonly string[],
  listeners: readonly number[] | null,
): WrittenFile[] {
  mkdirSync(directory, { recursive: true });
  return views.map((view) => {
    const path = join(directory, `${view}.csv`);
    return { path, rows: writeView(path, viewRows(store, view, listeners)) };
  });
}
