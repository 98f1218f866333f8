// The views: documented, rebuilt, and equal to what the report says and to the lengths walked one change at a time.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ListenerReport } from '../../../core/report/model.ts';
import { rebuildProjections } from '../../../core/store/project.ts';
import type { Connection } from '../../../core/store/store.ts';
import { VIEWS } from '../../../core/store/views/index.ts';
import { CASES, perfDataOf, reportOn, take, takeAny, withStore, withStoreAsync } from '../../support/fixtures.ts';

const FIXTURE = fileURLToPath(new URL('../../fixture/', import.meta.url));
const NAMES = Object.keys(VIEWS);

/** Captures of every recorder, with and without loss, with listeners older than the capture. */
const CAPTURES: readonly string[] = [
  ...CASES.map(perfDataOf),
  ...['tracefs/default.txt', 'tracefs/fields.txt', 'trace-cmd/two.txt', 'perf-script/lost.txt', 'strace/f-ttt.txt'].map(
    (name) => join(FIXTURE, 'text', name),
  ),
  ...['v6.dat', 'dropped.dat', 'overwritten.dat', 'v7-zstd.dat'].map((name) => join(FIXTURE, 'trace-dat', name)),
  ...['bpftrace.json.xz', 'perf.data.zst', 'trace.txt.gz'].map((name) => join(FIXTURE, 'one-load', name)),
  ...readdirSync(join(FIXTURE, 'guests')).map((kernel) => join(FIXTURE, 'guests', kernel, 'bpftrace.json.xz')),
];

type Row = Record<string, number | string | null>;
const rowsOf = (db: Connection, sql: string, ...values: (number | string)[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

/** Nearest rank, from its definition: the first of the sorted values that at least the share q of them do not exceed. */
const nearestRank = (sorted: readonly number[], q: number): number | null =>
  sorted.find((_, k) => (k + 1) / sorted.length >= q) ?? null;

/** The length of a queue walked one change at a time: its maximum, and how long it had each length above 0 that it had for a while. */
function walked(changes: readonly Row[], end: number): { max: number; times: Map<number, number> } {
  let length = 0;
  let since = 0;
  let max = 0;
  const times = new Map<number, number>();
  const advance = (to: number): void => {
    if (to > since && length > 0) times.set(length, (times.get(length) ?? 0) + to - since);
    since = to;
  };
  for (const { at_ns: at, change, depth } of changes) {
    advance(at as number);
    length += change as number;
    expect(depth).toBe(length);
    max = Math.max(max, length);
  }
  advance(end);
  return { max, times };
}

function holdsTheListener(db: Connection, listener: ListenerReport, duration: number): void {
  const { id } = listener;
  const [row] = rowsOf(db, 'SELECT * FROM v_listeners WHERE listener = ?', id);
  const { address, port } = listener;
  expect(row).toMatchObject({
    capture: listener.capture,
    family: listener.family,
    port,
    opened_at_ns: listener.opened_at_ns,
    closed_at_ns: listener.closed_at_ns,
    opened_pid: listener.opened_by?.pid ?? null,
    opened_comm: listener.opened_by?.comm ?? null,
    backlog: listener.backlog.requested,
    enqueued: listener.enqueued,
    accepted: listener.accepted,
    left_in_queue: listener.left_in_queue,
    aborted_at_close: listener.aborted_at_close,
    depth_max: listener.depth.max,
    waiting_ns: listener.waiting_ns,
    sk_drops: listener.sk_drops,
    sk_ack_backlog_max: listener.readings.depth_max,
    syn_queue_max: listener.syn_queue_max,
  });
  const bracketed = address?.includes(':') ? `[${address}]` : address;
  expect(row.address).toBe(address === null ? null : `${bracketed}:${port}`);
  if (listener.backlog.basis === 'read') expect(row.capacity).toBe(listener.backlog.capacity);

  const { count, p50, p90, p99, p999, max } = listener.wait_ns;
  const waits = rowsOf(db, 'SELECT wait_ns, wait_ms FROM v_waits WHERE listener = ?', id);
  const sorted = waits.map((wait) => wait.wait_ns as number).sort((a, b) => a - b);
  expect(sorted).toHaveLength(count);
  for (const { wait_ns: ns, wait_ms: ms } of waits) expect(ms).toBe((ns as number) / 1e6);
  const quantiles = [0.5, 0.9, 0.99, 0.999, 1].map((q) => nearestRank(sorted, q));
  expect(quantiles).toEqual([p50, p90, p99, p999, max]);
  const summed = rowsOf(db, 'SELECT * FROM v_wait_quantiles WHERE listener = ?', id);
  expect(summed.map((s) => [s.waits, s.p50_ns, s.p90_ns, s.p99_ns, s.p999_ns, s.max_ns])).toEqual(
    count === 0 ? [] : [[count, ...quantiles]],
  );

  expect(
    rowsOf(db, 'SELECT tid, pid, comm, accepted, eagain, failed, blocked_ns FROM v_acceptors WHERE listener = ?', id),
  ).toEqual(listener.acceptors);

  const changes = rowsOf(db, 'SELECT at_ns, change, depth, left_out FROM v_depth WHERE listener = ?', id);
  const walk = walked(changes, listener.closed_at_ns ?? duration);
  const censored = listener.confidence.unseen_arrivals + listener.confidence.unseen_accepts;
  if (listener.family !== 'unix') for (const change of changes) expect(change.left_out).toBe(censored);
  if (censored > 0) expect(walk.max).toBeLessThanOrEqual(listener.depth.max);
  else {
    expect(walk.max).toBe(listener.depth.max);
    const times = rowsOf(db, 'SELECT depth, ns FROM listener_depth WHERE listener = ? AND depth > 0 AND ns > 0', id);
    expect([...walk.times].sort()).toEqual(times.map(({ depth, ns }) => [depth, ns]).sort());
  }
}

describe('views', () => {
  it('say what they are, and what each column is, in the statement that SQLite keeps', () =>
    withStore(({ db }) => {
      for (const name of NAMES) {
        const sql = db
          .prepare("SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?")
          .pluck()
          .get(name) as string;
        const lines = sql.split('\n');
        expect(lines[0]).toMatch(new RegExp(`^CREATE VIEW ${name} AS +-- \\S`));
        const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(name) as string[];
        expect(columns.length).toBeGreaterThan(5);
        for (const column of columns)
          expect(
            lines.filter((line) => new RegExp(`\\bAS ${column},? +-- \\S`).test(line)),
            `${name}.${column}`,
          ).toHaveLength(1);
      }
    }));

  it.each(CAPTURES.map((path) => [path.slice(FIXTURE.length), path]))('%s: say what the report says', (_, path) =>
    withStoreAsync(async (store) => {
      await takeAny(store, path);
      const { db } = store;
      const report = reportOn(store);
      expect(rowsOf(db, 'SELECT listener FROM v_listeners').map(({ listener }) => listener)).toEqual(
        report.listeners.map(({ id }) => id),
      );
      for (const listener of report.listeners) holdsTheListener(db, listener, report.captures[0].duration_ns);
      expect(
        rowsOf(
          db,
          'SELECT capture, at_ns, pid, tid, comm, fd, backlog, result, error, address, listener FROM v_listen_calls ORDER BY listen_call',
        ),
      ).toEqual(
        report.listen_calls.map(
          ({ capture, at_ns, pid, tid, comm, fd, backlog, result, error, address, listener }) => ({
            ...{ capture, at_ns, pid, tid, comm, fd, backlog, result, error, address, listener },
          }),
        ),
      );
      const tables = ['connections', 'acceptors', 'listen_calls', 'listeners'];
      for (const table of tables)
        expect(rowsOf(db, `SELECT count(*) AS n FROM v_${table}`)).toEqual(
          rowsOf(db, `SELECT count(*) AS n FROM ${table}`),
        );
    }),
  );

  it('keep several captures apart', () =>
    withStore((store) => {
      for (const name of ['reuseport', 'nginx-running', 'listen-errors']) take(store, perfDataOf(name));
      const report = reportOn(store);
      for (const listener of report.listeners)
        holdsTheListener(store.db, listener, report.captures[listener.capture - 1].duration_ns);
    }));

  it('come back with a rebuild, as they were', () =>
    withStore(({ db }) => {
      const kept = (): Row[] =>
        rowsOf(db, "SELECT name, sql FROM sqlite_master WHERE name LIKE 'v\\_%' ESCAPE '\\' ORDER BY name");
      const before = kept();
      expect(before.map(({ name }) => name)).toEqual([...NAMES].sort());
      for (const name of NAMES) db.exec(`DROP VIEW ${name}`);
      db.exec('CREATE VIEW v_waits AS SELECT 1 AS old');
      rebuildProjections(db);
      expect(kept()).toEqual(before);
    }));
});
