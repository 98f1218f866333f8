// Reads from the store what a workload is taken from: a listener's connections in columns, who accepts, and the report's figures of it.
import { buildReport } from '../report/build.ts';
import type { ListenerReport, Report } from '../report/model.ts';
import { type Lookup, storedLookup } from './project.ts';
import { readReportInput } from './report-input.ts';
import type { Connection } from './store.ts';

/** Connections of one listener in order of arrival; NaN where not known. */
export interface ConnectionTimes {
  readonly syn: Float64Array;
  readonly syns: Float64Array;
  readonly enqueued: Float64Array;
  readonly dequeued: Float64Array;
  readonly tid: Float64Array;
  /** The child, as events name it. */
  readonly sk: Float64Array;
}

export interface ListenerSource {
  readonly report: ListenerReport;
  /** Listeners of the same address and capture that lived with it, itself among them. */
  readonly group: readonly ListenerReport[];
  readonly connections: ReadonlyMap<number, ConnectionTimes>;
  readonly capture: {
    readonly id: number;
    readonly sha256: string | null;
    readonly kernel: string | null;
    readonly duration_ns: number;
    readonly pointers: boolean;
    readonly counters: ReadonlyMap<string, number>;
  };
  readonly names: Lookup;
}

function connectionsOf(db: Connection, listener: number): ConnectionTimes {
  const rows = db
    .prepare(
      `SELECT syn_at_ns, syns, enqueued_at_ns, dequeued_at_ns, tid, end = 'accepted', sk FROM connections
       WHERE listener = ? AND enqueued_at_ns IS NOT NULL ORDER BY enqueued_at_ns, id`,
    )
    .raw()
    .all(listener) as (number | null)[][];
  const column = (k: number, known: (row: (number | null)[]) => boolean = () => true): Float64Array =>
    Float64Array.from(rows, (row) => (known(row) ? (row[k] ?? Number.NaN) : Number.NaN));
  const accepted = (row: (number | null)[]): boolean => row[5] === 1;
  return {
    syn: column(0),
    syns: column(1),
    enqueued: column(2),
    dequeued: column(3, accepted),
    tid: column(4, accepted),
    sk: column(6),
  };
}

/** Last readings of sysctls by snapshots beside the capture. */
function sysctlsOf(db: Connection, capture: number): Map<string, number> {
  const rows = db
    .prepare(
      `SELECT s.text AS name, c.value FROM counters c JOIN strings s ON s.id = c.name
       WHERE c.capture = ? AND s.text LIKE 'sysctl %' ORDER BY c.id`,
    )
    .all(capture) as { name: string; value: number }[];
  return new Map(rows.map(({ name, value }) => [name.slice('sysctl '.length), value]));
}

/** The report that listeners are chosen from. @param somaxconn where the user knows it. */
export const workloadReport = (db: Connection, version: string, somaxconn?: number): Report =>
  buildReport(readReportInput(db), { version, ...(somaxconn === undefined ? {} : { somaxconn }) });

export function readListenerSource(db: Connection, report: Report, id: number): ListenerSource {
  const own = report.listeners.find((listener) => listener.id === id);
  if (own === undefined) throw new RangeError(`no listener ${id}`);
  const end = (listener: ListenerReport): number => listener.closed_at_ns ?? Number.POSITIVE_INFINITY;
  const group = report.listeners.filter(
    (other) =>
      other.id === id ||
      (other.capture === own.capture &&
        other.address !== null &&
        other.address === own.address &&
        other.port === own.port &&
        (other.opened_at_ns ?? 0) < end(own) &&
        (own.opened_at_ns ?? 0) < end(other)),
  );
  const capture = db
    .prepare('SELECT id, sha256, kernel, duration_ns, pointers FROM captures WHERE id = ?')
    .get(own.capture) as {
    id: number;
    sha256: string | null;
    kernel: string | null;
    duration_ns: number;
    pointers: number;
  };
  return {
    report: own,
    group,
    connections: new Map(group.map((listener) => [listener.id, connectionsOf(db, listener.id)])),
    capture: { ...capture, pointers: capture.pointers === 1, counters: sysctlsOf(db, own.capture) },
    names: storedLookup(db),
  };
}
