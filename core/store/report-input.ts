// Reads what the report is made from out of the store.
import type { Rejection } from '../event/capture.ts';
import type { CaptureInput, ConnectionColumns, GapInput, ListenerInput, RefusalInput } from '../report/input.ts';
import { formatEndpoint } from '../report/units.ts';
import { acceptFailures } from './accept-failures.ts';
import type { Connection } from './store.ts';

type Row = Record<string, number | string | null>;

function connections(db: Connection, listener: number): ConnectionColumns {
  const count = db.prepare('SELECT count(*) FROM connections WHERE listener = ?').pluck().get(listener) as number;
  const columns = {
    enqueued: new Float64Array(count),
    dequeued: new Float64Array(count),
    syn: new Float64Array(count),
    syns: new Float64Array(count),
    accepted: new Uint8Array(count),
    depth: new Float64Array(count),
    tid: new Float64Array(count),
    gone: new Uint8Array(count),
  };
  let i = 0;
  const rows = db
    .prepare(
      "SELECT enqueued_at_ns, dequeued_at_ns, syn_at_ns, syns, end = 'accepted', depth, tid, end = 'unseen' FROM connections WHERE listener = ? ORDER BY id",
    )
    .raw()
    .iterate(listener) as IterableIterator<(number | null)[]>;
  for (const [enqueued, dequeued, syn, syns, accepted, depth, tid, gone] of rows) {
    columns.enqueued[i] = enqueued ?? Number.NaN;
    columns.dequeued[i] = dequeued ?? Number.NaN;
    columns.syn[i] = syn ?? Number.NaN;
    columns.syns[i] = syns ?? Number.NaN;
    columns.depth[i] = depth ?? Number.NaN;
    columns.tid[i] = tid ?? Number.NaN;
    columns.gone[i] = gone ?? 0;
    columns.accepted[i++] = accepted ?? 0;
  }
  return columns;
}

function listeners(db: Connection, capture: number): ListenerInput[] {
  const rows = db
    .prepare(
      `SELECT l.*, e.address, e.port, s.text AS comm FROM listeners l LEFT JOIN endpoints e ON e.id = l.endpoint
       LEFT JOIN strings s ON s.id = l.opened_comm WHERE l.capture = ? ORDER BY l.id`,
    )
    .all(capture) as Row[];
  const acceptors = db.prepare(
    `SELECT a.tid, a.pid, s.text AS comm, a.accepted, a.eagain, a.failed, a.blocked_ns FROM acceptors a
     LEFT JOIN strings s ON s.id = a.comm WHERE a.listener = ? ORDER BY a.id`,
  );
  const changes = db.prepare('SELECT at_ns, requested FROM backlog_changes WHERE listener = ? ORDER BY id');
  const depths = db.prepare('SELECT depth, ns FROM listener_depth WHERE listener = ? ORDER BY depth');
  const refusals = db.prepare(
    'SELECT kind, at_ns, noticed_at_ns, evidence, depth_low, depth_high FROM refusals WHERE listener = ? ORDER BY noticed_at_ns, at_ns, id',
  );
  return rows.map((row) => {
    const { id } = row as { id: number };
    const tasks = acceptors.all(id) as ListenerInput['acceptors'];
    return {
      ...(row as unknown as ListenerInput),
      opened_comm: row.comm as string | null,
      synced: row.synced === 1,
      acceptors: tasks,
      accept_failures: acceptFailures(db, capture, tasks),
      changes: changes.all(id) as ListenerInput['changes'],
      depths: depths.all(id) as ListenerInput['depths'],
      refusals: refusals.all(id) as RefusalInput[],
      connections: connections(db, id),
    };
  });
}

interface Counted {
  readonly name: string;
  readonly value: number;
  readonly absolute: number;
}

const counted = (db: Connection, capture: number): Counted[] =>
  db
    .prepare(
      `SELECT s.text AS name, c.value, c.absolute FROM counters c JOIN strings s ON s.id = c.name WHERE c.capture = ? ORDER BY c.id`,
    )
    .all(capture) as Counted[];

/** Named also when they did not grow: that is an answer. */
const TOLD = new Set(['TcpExtListenOverflows', 'TcpExtListenDrops']);

/** Growth between first and last reading; of a tool that prints growth, the sum. Values that name a limit or a place are no counters. */
function counters(rows: readonly Counted[]): CaptureInput['counters'] {
  const first = new Map<string, number>();
  const growth = new Map<string, number>();
  for (const { name, value, absolute } of rows) {
    if (absolute === 0) growth.set(name, (growth.get(name) ?? 0) + value);
    else if (name.includes(' ')) continue;
    else if (first.has(name)) growth.set(name, value - (first.get(name) ?? 0));
    else first.set(name, value);
  }
  return [...growth].filter(([name, by]) => by !== 0 || TOLD.has(name)).map(([name, by]) => ({ name, growth: by }));
}

/** net.core.somaxconn by a snapshot; null when there is none, or when it was changed meanwhile. */
function somaxconn(rows: readonly Counted[]): number | null {
  const values = new Set(rows.filter(({ name }) => name === 'sysctl net.core.somaxconn').map(({ value }) => value));
  return values.size === 1 ? [...values][0] : null;
}

function listenCalls(db: Connection, capture: number): CaptureInput['listenCalls'] {
  const rows = db
    .prepare(
      `SELECT c.at_ns, c.pid, c.tid, s.text AS comm, c.fd, c.backlog, c.result, c.listener,
         coalesce(f.address, e.address) AS address, coalesce(f.port, e.port) AS port
       FROM listen_calls c LEFT JOIN strings s ON s.id = c.comm LEFT JOIN endpoints e ON e.id = c.endpoint
       LEFT JOIN listeners l ON l.id = c.listener LEFT JOIN endpoints f ON f.id = l.endpoint
       WHERE c.capture = ? ORDER BY c.id`,
    )
    .all(capture) as Row[];
  return rows.map(({ port, ...row }) => ({
    ...(row as unknown as CaptureInput['listenCalls'][number]),
    address: formatEndpoint(row.address as string | null, port as number | null),
  }));
}

function functionCalls(db: Connection, capture: number): CaptureInput['functionCalls'] {
  return db
    .prepare(
      `SELECT s.text AS func, sum(e.type = 'func_enter') AS entered, sum(e.type = 'func_return') AS returned
       FROM events e JOIN strings s ON s.id = e.a0
       WHERE e.capture = ? AND e.type IN ('func_enter', 'func_return') GROUP BY s.text ORDER BY count(*) DESC, s.text`,
    )
    .all(capture) as { func: string; entered: number; returned: number }[];
}

const CAPTURE_COLUMNS =
  'id, path, sha256, format, tool, kernel, host, unit, pointers, clock, origin, duration_ns, records AS records_read, events, ending, rejected, rejections, out_of_order, wall_offset, probes';

/** Everything the report needs of each capture, in order. */
export function readReportInput(db: Connection): CaptureInput[] {
  const captures = db.prepare(`SELECT ${CAPTURE_COLUMNS} FROM captures ORDER BY id`).all() as Row[];
  return captures.map((row) => {
    const id = row.id as number;
    const readings = counted(db, id);
    const probes = JSON.parse(row.probes as string) as string[];
    const own = listeners(db, id);
    const functionsOnly = own.length === 0 && probes.some((probe) => probe.startsWith('acceptq:func_'));
    return {
      capture: {
        ...(row as unknown as CaptureInput['capture']),
        rejections: JSON.parse(row.rejections as string) as Rejection[],
        probes,
        pointers: row.pointers === 1,
      },
      gaps: db
        .prepare('SELECT kind, cpu, from_ns, to_ns, count FROM gaps WHERE capture = ? ORDER BY id')
        .all(id) as GapInput[],
      counters: counters(readings),
      somaxconn: somaxconn(readings),
      functionCalls: functionsOnly ? functionCalls(db, id) : [],
      listenCalls: listenCalls(db, id),
      listeners: own,
      orphanAcceptors: db
        .prepare(
          'SELECT o.pid, o.tid, s.text AS comm, o.fd, o.accepted FROM orphan_acceptors o LEFT JOIN strings s ON s.id = o.comm WHERE o.capture = ? ORDER BY o.id',
        )
        .all(id) as CaptureInput['orphanAcceptors'],
    };
  });
}
