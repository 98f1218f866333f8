// Reads the state at an instant out of a store: the fold brought there, and what the tables say of it.
import { evidenceOf } from '../event/capture.ts';
import type { ListenerThen, QueueThen } from '../projection/instant.ts';
import { buildState, type ListenerPart } from '../state/build.ts';
import type { State, ValueState } from '../state/model.ts';
import { type FoldedTo, foldTo } from './fold-to.ts';
import { tasksOf } from './log-reader.ts';
import type { Until } from './snapshots.ts';
import type { Connection } from './store.ts';
import { storedNames } from './stored-names.ts';

interface CaptureRow {
  readonly id: number;
  readonly path: string;
  readonly kernel: string | null;
  readonly host: string | null;
  readonly clock: string;
  readonly origin: string | null;
  readonly wall_offset: string | null;
  readonly duration_ns: number;
  readonly probes: string;
  readonly pointers: number;
  readonly rejected: number;
  readonly out_of_order: number;
  readonly ending: 'complete' | 'cut' | 'open';
}

interface ListenerRow {
  readonly id: number;
  readonly endpoint: number | null;
  readonly family: number | null;
  readonly opened_at_ns: number | null;
  readonly closed_at_ns: number | null;
  readonly initial_depth: number;
  readonly synced: number;
}

/** What a clock says at some ns after it said `origin`, and the time in UTC; null where not known. */
function clocks({ origin, wall_offset }: CaptureRow, at: number): { clock_ns: string | null; wall: string | null } {
  if (origin === null) return { clock_ns: null, wall: null };
  const clock = BigInt(origin) + BigInt(at);
  if (wall_offset === null) return { clock_ns: String(clock), wall: null };
  const ns = clock + BigInt(wall_offset);
  const date = new Date(Number(ns / 1_000_000n));
  const valid = ns >= 0n && !Number.isNaN(date.getTime());
  const wall = valid ? `${date.toISOString().slice(0, 19)}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z` : null;
  return { clock_ns: String(clock), wall };
}

/** Counters and settings of the network namespace as last read up to then; growth is summed up. */
function values(db: Connection, capture: number, at: number): { sysctls: ValueState[]; counters: ValueState[] } {
  const rows = db
    .prepare(
      `SELECT s.text AS name, c.value, c.absolute, c.at_ns FROM counters c JOIN strings s ON s.id = c.name
       WHERE c.capture = ? AND c.at_ns <= ? ORDER BY c.at_ns, c.id`,
    )
    .all(capture, at) as { name: string; value: number; absolute: number; at_ns: number }[];
  const last = new Map<string, ValueState>();
  for (const { name, value, absolute, at_ns } of rows) {
    const before = absolute === 1 ? 0 : (last.get(name)?.value ?? 0);
    last.set(name, { name, value: before + value, at_ns, absolute: absolute === 1 });
  }
  const all = [...last.values()];
  const isSetting = ({ name }: ValueState): boolean => name.startsWith('sysctl ');
  return {
    sysctls: all.filter(isSetting).map((value) => ({ ...value, name: value.name.slice('sysctl '.length) })),
    counters: all.filter((value) => !isSetting(value)),
  };
}

function losses(db: Connection, capture: number, at: number): { lost: number | null; gaps: number } {
  const rows = db.prepare('SELECT kind, count FROM gaps WHERE capture = ? AND (from_ns <= ?)').all(capture, at) as {
    kind: string;
    count: number | null;
  }[];
  // a total of lost samples has no place in time: it may have been before
  const placed = rows.filter(({ kind }) => kind !== 'lost_samples');
  const counted = placed.length > 0 ? placed.filter(({ kind }) => kind === 'lost') : rows;
  const lost = counted.some(({ count }) => count === null)
    ? null
    : counted.reduce((sum, { count }) => sum + (count ?? 0), 0);
  return { lost, gaps: placed.length > 0 ? placed.length : Math.min(rows.length, 1) };
}

/** The listeners that lived then: those that the fold knows, and older ones that show themselves only later. */
function listenersThen(db: Connection, capture: number, { instant }: FoldedTo): ListenerPart[] {
  const rows = db
    .prepare(
      'SELECT id, endpoint, family, opened_at_ns, closed_at_ns, initial_depth, synced FROM listeners WHERE capture = ?',
    )
    .all(capture) as ListenerRow[];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const { known } = instant;
  const queues = instant.queues((id) => {
    const row = byId.get(id);
    return row !== undefined && row.opened_at_ns === null ? row.initial_depth : undefined;
  });
  const parts = known.listeners.map((listener, k): ListenerPart => {
    const row = byId.get(listener.id);
    return {
      listener: {
        ...listener,
        endpoint: listener.endpoint ?? row?.endpoint ?? null,
        family: listener.family ?? row?.family ?? null,
        synced: listener.synced || row?.synced === 1,
      },
      queue: queues[k],
    };
  });
  const shown = new Set(known.listeners.map(({ id }) => id));
  const later = rows.filter(
    ({ id, opened_at_ns, closed_at_ns }) =>
      opened_at_ns === null && !shown.has(id) && (closed_at_ns === null || closed_at_ns > known.at),
  );
  return [...parts, ...later.map(unseenSoFar)];
}

function unseenSoFar({ id, endpoint, family, initial_depth, synced }: ListenerRow): ListenerPart {
  const listener: ListenerThen = {
    id,
    endpoint,
    family,
    opened: null,
    requested: null,
    reading: null,
    synced: synced === 1,
    ambiguous: 0,
    acceptors: [],
  };
  const queue: QueueThen = {
    listener: id,
    children: [],
    ahead: initial_depth,
    accepts: [],
    unseenArrivals: 0,
    unseenAccepts: 0,
  };
  return { listener, queue };
}

/** Names of tasks by tid and of processes, as far as the capture has them. */
function commsOf(db: Connection, capture: number, text: (id: number) => string) {
  const byTid = new Map<number, number>();
  const byPid = new Map<number, number>();
  for (const { tid, pid, comm } of tasksOf(db, capture).values()) {
    if (comm === null) continue;
    byTid.set(tid, comm);
    if (tid === pid || !byPid.has(pid)) byPid.set(pid, comm);
  }
  const named = (of: Map<number, number>) => (id: number) => {
    const comm = of.get(id);
    return comm === undefined ? null : text(comm);
  };
  return { commOfTid: named(byTid), commOfPid: named(byPid) };
}

const SHOWS_ACCEPTS = /(^|:)(sys_(enter|exit)(_(accept4?|listen))?|tool_accept|func_enter|func_return)$/;
const SHOWS_ARRIVALS = /(^|:)(inet_sock_set_state|sk_data_ready|queue_sample)$/;

/** The state of a capture's host. `snapshots` false folds from the capture's beginning. Undefined: there is no such capture. */
export function readState(
  db: Connection,
  capture: number,
  until: Until,
  version: string,
  snapshots = true,
): State | undefined {
  const row = db.prepare('SELECT * FROM captures WHERE id = ?').get(capture) as CaptureRow | undefined;
  if (row === undefined) return undefined;
  const folded = foldTo(db, capture, until, snapshots);
  const { known } = folded.instant;
  const { at } = known;
  const parts = listenersThen(db, capture, folded);
  const probes = JSON.parse(row.probes) as string[];
  const sees = (which: RegExp): boolean => probes.some((probe) => which.test(probe));
  const names = storedNames(db);
  const lossy = losses(db, capture, at);
  const notes = [...folded.problems];
  if (row.ending === 'open') notes.push('the capture is not complete: what follows in it may change this');
  if (row.rejected > 0) notes.push('parts of the capture could not be read');
  return buildState(
    {
      version,
      names,
      ...commsOf(db, capture, names.string),
      instant: {
        capture,
        path: row.path,
        kernel: row.kernel,
        host: row.host,
        at_ns: at,
        position: folded.position,
        ...clocks(row, at),
        clock: row.clock,
        duration_ns: row.duration_ns,
        snapshot: folded.snapshot,
        events_read: folded.eventsRead,
      },
      ...values(db, capture, at),
      confidence: {
        ...lossy,
        out_of_order: row.out_of_order,
        evidence: evidenceOf(probes, row.pointers === 1),
        notes,
      },
      sees: {
        accepts: sees(SHOWS_ACCEPTS),
        arrivals: sees(SHOWS_ARRIVALS),
        requests: probes.some((probe) => probe.endsWith('syn_queued')),
      },
      incomplete: lossy.gaps > 0 || row.rejected > 0 || row.out_of_order > 0,
    },
    known,
    parts,
  );
}
