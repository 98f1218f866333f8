// Every recording among the fixtures, as the batches of a log and what folds them.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventBatch } from '../../core/event/event-batch.ts';
import type { AcceptPath } from '../../core/projection/accept-path.ts';
import { type PackedRows, RowBuffers } from '../../core/projection/row-buffers.ts';
import { readLog } from '../../core/store/log-reader.ts';
import { projectionOf, storedLookup } from '../../core/store/project.ts';
import type { Connection } from '../../core/store/store.ts';

const FIXTURES = fileURLToPath(new URL('../fixture/', import.meta.url));
/** What lies there that is no capture: programs that record, and what tools print of the same run. */
const OTHER =
  /^(record|event-format|snapshot|store-versions)\/|\.md$|\/(account|counters|command|sysctl|ss|nstat-\w+)\.txt$|\.(report|trace|counters)\.txt$/;

function filesIn(directory: string): string[] {
  return readdirSync(join(FIXTURES, directory)).flatMap((name) => {
    const path = join(directory, name);
    if (!statSync(join(FIXTURES, path)).isDirectory()) return [path];
    return name.endsWith('.data') ? [path] : filesIn(path);
  });
}

/** Names below test/fixture of files that may be captures. */
export const RECORDINGS: readonly string[] = filesIn('')
  .filter((name) => !OTHER.test(name))
  .sort();

export const recordingOf = (name: string): string => join(FIXTURES, name);

/** All events of a capture in one batch. */
export function eventsOf(db: Connection, capture: number): EventBatch {
  const all = new EventBatch();
  for (const batch of readLog(db, capture)) {
    if (all.length === 0) all.position = batch.position;
    for (let row = 0; row < batch.length; row++) all.copyRow(batch, row);
  }
  return all;
}

export interface Folding {
  readonly path: AcceptPath;
  /** The rows so far, table by table. */
  rows(): Record<string, number[]>;
}

/** A new fold of a stored capture. */
export function foldOf(db: Connection, capture: number): Folding {
  const { probes, pointers } = db.prepare('SELECT probes, pointers FROM captures WHERE id = ?').get(capture) as {
    probes: string;
    pointers: number;
  };
  const out = new RowBuffers();
  const found: Record<string, number[]> = {};
  const add = ({ table, values }: PackedRows): void => {
    found[table] ??= [];
    for (const value of values) found[table].push(value);
  };
  return {
    path: projectionOf(
      { listener: 1, connection: 1 },
      { probes: JSON.parse(probes) as string[], pointers: pointers === 1 },
      storedLookup(db),
      out,
    ),
    rows() {
      for (const packed of out.take()) add(packed);
      return found;
    },
  };
}
