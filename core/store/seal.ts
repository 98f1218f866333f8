// Ends a capture that was read from a pipe by a process that died: nobody can read on, so what the log has of it is all there will be.
import { newTotals } from '../event/capture.ts';
import { END_COLUMNS, endRow } from './capture-rows.ts';
import { ChainWriter, NO_ENTRIES } from './chain-writer.ts';
import { lastEntry } from './journal.ts';
import { probedOf } from './probed.ts';
import { projectAgain } from './project.ts';
import type { Connection } from './store.ts';

interface OpenRow {
  readonly format: string;
  readonly tool: string | null;
  readonly kernel: string | null;
  readonly arch: string | null;
  readonly host: string | null;
  readonly cmdline: string | null;
  readonly unit: 'byte' | 'line';
  readonly pointers: number;
  readonly clock: string;
  readonly origin: string | null;
  readonly wall_offset: string | null;
  readonly first_position: number;
  readonly events: number;
  readonly duration_ns: number;
}

/** Writes the capture's end, `cut`, and derives its rows. What it counts besides events is not known: 0. */
export function sealCapture(db: Connection, capture: number): void {
  db.transaction(() => {
    const row = db
      .prepare(
        `SELECT format, tool, kernel, arch, host, cmdline, unit, pointers, clock, origin, wall_offset, first_position, events,
           duration_ns FROM captures WHERE id = ? AND ending = 'open'`,
      )
      .get(capture) as OpenRow | undefined;
    if (row === undefined) return;
    const { wall_offset: wallOffset, pointers, origin, events, duration_ns: lastAt, ...info } = row;
    const end = endRow(capture, 'cut', null, events, {
      info: { ...info, wallOffset, probes: [...probedOf(db, capture).probes], pointers: pointers === 1 },
      totals: newTotals(),
      origin,
      lastAt,
    });
    const position = row.first_position + events;
    new ChainWriter(db, lastEntry(db) ?? null).link('end', capture, position, end, NO_ENTRIES, null);
    db.prepare(`INSERT INTO capture_ends (${END_COLUMNS}) VALUES (${end.map(() => '?').join(', ')})`).run(...end);
    projectAgain(db, [capture]);
  }).immediate();
}

/** Captures that a dead process was reading from a pipe; to be called by the store's only writer. */
export const abandonedStreams = (db: Connection): readonly number[] =>
  db.prepare("SELECT id FROM captures WHERE ending = 'open' AND sha256 IS NULL ORDER BY id").pluck().all() as number[];
