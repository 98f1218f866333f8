// Reads what a validation needs to know of a capture, besides its events.
import { type Lookup, storedLookup } from './project.ts';
import type { Connection } from './store.ts';

export interface ValidationInput {
  readonly id: number;
  readonly path: string;
  readonly format: string;
  readonly cmdline: string | null;
  readonly kernel: string | null;
  readonly events: number;
  readonly probes: readonly string[];
  readonly pointers: boolean;
  /** Stretches in which events were lost, nanoseconds since the capture's start. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** An event was recorded while a CPU had nothing to do. */
  readonly idleSeen: boolean;
  readonly names: Lookup;
}

interface Row {
  readonly id: number;
  readonly path: string;
  readonly format: string;
  readonly cmdline: string | null;
  readonly kernel: string | null;
  readonly events: number;
  readonly probes: string;
  readonly pointers: number;
}

/** The captures of a store in order, or one of them. */
export function readValidationInput(db: Connection, capture: number | null): ValidationInput[] {
  const rows = db
    .prepare(
      `SELECT id, path, format, cmdline, kernel, events, probes, pointers FROM captures
       WHERE @capture IS NULL OR id = @capture ORDER BY id`,
    )
    .all({ capture }) as Row[];
  const names = storedLookup(db);
  const gaps = db.prepare('SELECT from_ns AS "from", to_ns AS "to" FROM gaps WHERE capture = ? ORDER BY id');
  const idle = db.prepare('SELECT 1 FROM tasks WHERE capture = ? AND tid = 0').pluck();
  return rows.map((row) => ({
    ...row,
    probes: JSON.parse(row.probes) as string[],
    pointers: row.pointers === 1,
    gaps: gaps.all(row.id) as ValidationInput['gaps'],
    idleSeen: idle.get(row.id) !== undefined,
    names,
  }));
}
