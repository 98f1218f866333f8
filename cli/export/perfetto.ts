// One capture as a Perfetto trace: lengths of queues as counters, waits and accept() calls as slices, flows between them, overflows as instants.
import { eventCode } from '../../core/event/event-type.ts';
import { listenerName } from '../../core/report/finding/about.ts';
import type { CaptureReport, ListenerReport } from '../../core/report/model.ts';
import { readLog } from '../../core/store/log-reader.ts';
import type { Connection } from '../../core/store/store.ts';
import { Lanes } from './lanes.ts';
import { PerfettoPackets } from './perfetto-packets.ts';

type Row = Record<string, number | string | null>;

const ENTERS = new Set([eventCode('sys_enter_accept'), eventCode('sys_enter_accept4')]);
const EXITS = new Set([eventCode('sys_exit_accept'), eventCode('sys_exit_accept4')]);

/** What each thread took from the queues, and when: within its accept(), not at the return. */
type Taken = Map<number, { readonly at: number; readonly id: number }[]>;

export interface PerfettoInput {
  readonly db: Connection;
  readonly capture: CaptureReport;
  readonly listeners: readonly ListenerReport[];
}

const rowsOf = (db: Connection, sql: string, ...values: number[]): IterableIterator<Row> =>
  db.prepare(sql).iterate(...values) as IterableIterator<Row>;

function writeCounters(packets: PerfettoPackets, db: Connection, id: number, parent: number): void {
  const depth = packets.track('accept queue', { parent, counter: 'connections' });
  packets.event('counter', depth, 0, { value: 0 });
  for (const row of rowsOf(db, 'SELECT at_ns, depth FROM v_depth WHERE listener = ?', id))
    packets.event('counter', depth, row.at_ns as number, { value: Math.max(0, row.depth as number) });
  for (const [column, name] of [
    ['syn_queue_len', 'SYN queue (read)'],
    ['sk_ack_backlog', 'sk_ack_backlog (read)'],
  ]) {
    let track = 0;
    const sql = `SELECT at_ns, ${column} AS value FROM queue_samples WHERE listener = ? AND ${column} IS NOT NULL ORDER BY at_ns, id`;
    for (const row of rowsOf(db, sql, id)) {
      if (track === 0) track = packets.track(name, { parent, counter: 'connections' });
      packets.event('counter', track, row.at_ns as number, { value: Math.max(0, row.value as number) });
    }
  }
}

function writeWaits(
  packets: PerfettoPackets,
  { db, capture }: PerfettoInput,
  listener: ListenerReport,
  parent: number,
  taken: Taken,
): void {
  const lanes = new Lanes(() => packets.track('waits', { parent }));
  const end = listener.closed_at_ns ?? capture.duration_ns;
  const sql =
    'SELECT connection, client, enqueued_at_ns, dequeued_at_ns, outcome, depth, tid, syns FROM v_connections WHERE listener = ? AND enqueued_at_ns IS NOT NULL ORDER BY enqueued_at_ns, connection';
  for (const row of rowsOf(db, sql, listener.id)) {
    const from = row.enqueued_at_ns as number;
    if (row.dequeued_at_ns === null && row.outcome === 'unseen') continue; // when it left is not known
    const to = Math.max(from, (row.dequeued_at_ns as number | null) ?? end);
    const id = row.connection as number;
    const track = lanes.take(from, to);
    const accepted = row.outcome === 'accepted' && row.tid !== null && row.dequeued_at_ns !== null;
    packets.event('begin', track, from, {
      name: row.outcome === 'accepted' ? 'wait' : `wait (${row.outcome})`,
      notes: { connection: id, client: row.client, depth: row.depth, syns: row.syns },
      ...(accepted ? { flow: id } : {}),
    });
    packets.event('end', track, to);
    if (!accepted) continue;
    const tid = row.tid as number;
    const own = taken.get(tid) ?? [];
    own.push({ at: to, id });
    taken.set(tid, own);
  }
}

function writeOverflows(packets: PerfettoPackets, db: Connection, listener: ListenerReport, parent: number): void {
  const { capacity } = listener.backlog;
  let track = 0;
  const sql = 'SELECT at_ns, kind, cause, client, depth_high FROM v_overflows WHERE listener = ? ORDER BY at_ns';
  for (const row of rowsOf(db, sql, listener.id)) {
    // the report's rule where the limit was not read: the queue may have been full
    const full =
      row.cause === 'accept_queue_full' ||
      (row.cause === 'unknown' &&
        capacity !== null &&
        row.depth_high !== null &&
        (row.depth_high as number) >= capacity);
    if (track === 0) track = packets.track('overflows', { parent });
    packets.event('instant', track, row.at_ns as number, {
      name: full ? `overflow (${row.kind})` : `no answer (${row.kind})`,
      notes: { client: row.client, depth: row.depth_high },
    });
  }
}

interface OpenCall {
  readonly track: number;
  /** In order of time; those before `next` were shown. */
  readonly taken: readonly { readonly at: number; readonly id: number }[];
  next: number;
  since: number;
}

/** accept() calls of the listeners' acceptors, each on the track of its thread; flows end where the call returned with the connection. */
function writeCalls(packets: PerfettoPackets, { db, capture, listeners }: PerfettoInput, taken: Taken): void {
  const threads = new Map<number, OpenCall>();
  const processes = new Set<number>();
  for (const { tid, pid, comm } of listeners.flatMap(({ acceptors }) => acceptors)) {
    if (threads.has(tid) || tid < 0) continue;
    const process = pid > 0 ? pid : tid;
    if (!processes.has(process)) packets.track(comm ?? `process ${process}`, { process: { pid: process } });
    processes.add(process);
    const track = packets.track(comm ?? `thread ${tid}`, { thread: { pid: process, tid } });
    const own = taken.get(tid) ?? [];
    threads.set(tid, { track, taken: own.sort((a, b) => a.at - b.at || a.id - b.id), next: 0, since: -1 });
  }
  for (const batch of readLog(db, capture.id)) {
    for (let row = 0; row < batch.length; row++) {
      const enters = ENTERS.has(batch.type[row]);
      if (!enters && !EXITS.has(batch.type[row])) continue;
      const call = threads.get(batch.tid[row]);
      if (call === undefined) continue;
      const at = batch.at[row];
      if (enters) {
        // one that never returned was lost
        if (call.since >= 0) packets.event('end', call.track, at);
        packets.event('begin', call.track, at, {
          name: 'accept',
          notes: { fd: Number.isNaN(batch.args[0][row]) ? null : batch.args[0][row] },
        });
        call.since = at;
        continue;
      }
      for (; call.next < call.taken.length && call.taken[call.next].at <= at; call.next++) {
        const { at: took, id } = call.taken[call.next];
        packets.event('instant', call.track, Math.max(took, call.since), {
          name: 'accepted',
          flowEnds: id,
          notes: { connection: id },
        });
      }
      if (call.since >= 0) packets.event('end', call.track, at);
      call.since = -1;
    }
  }
  for (const { track, since } of threads.values())
    if (since >= 0) packets.event('end', track, Math.max(since, capture.duration_ns));
}

/** Hands the trace on piece by piece. */
export function writePerfetto(input: PerfettoInput, write: (bytes: Uint8Array) => void): void {
  const packets = new PerfettoPackets(write);
  const { started_at: start } = input.capture;
  if (start !== null) packets.clock(BigInt(Date.parse(start)) * 1_000_000n);
  const taken: Taken = new Map();
  for (const listener of input.listeners) {
    const parent = packets.track(`listener ${listener.id}: ${listener.path ?? listenerName(listener)}`);
    writeCounters(packets, input.db, listener.id, parent);
    writeWaits(packets, input, listener, parent, taken);
    writeOverflows(packets, input.db, listener, parent);
  }
  writeCalls(packets, input, taken);
  packets.flush();
}
