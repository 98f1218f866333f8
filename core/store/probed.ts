// What the projections must know of a capture before its events: which probes it has, also when it is not at its end and has not said.
import { TELLING } from '../event/telling.ts';
import { readLog } from './log-reader.ts';
import type { Connection } from './store.ts';

export interface Probed {
  readonly probes: readonly string[];
  readonly pointers: boolean;
}

/** The probes of a capture in the log; of one that has no end yet, those that its events so far show are among them. */
export function probedOf(db: Connection, capture: number): Probed {
  const row = db.prepare('SELECT probes, pointers, ending FROM captures WHERE id = ?').get(capture) as {
    probes: string;
    pointers: number;
    ending: string;
  };
  const probes = JSON.parse(row.probes) as string[];
  const pointers = row.pointers === 1;
  if (row.ending === 'open') addShown(db, capture, probes);
  return { probes, pointers };
}

function addShown(db: Connection, capture: number, probes: string[]): void {
  let missing = TELLING.filter(([, probe]) => !probes.includes(probe));
  if (missing.length === 0) return;
  for (const batch of readLog(db, capture)) {
    const types = batch.type.subarray(0, batch.length);
    const shown = missing.filter(([code]) => types.includes(code));
    for (const [, probe] of shown) probes.push(probe);
    missing = missing.filter((entry) => !shown.includes(entry));
    if (missing.length === 0) return;
  }
}
