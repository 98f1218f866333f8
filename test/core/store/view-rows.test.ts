// Single views against what is known otherwise: the kernel's own account, its counters, the C library, rows written by hand.
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../core/store/store.ts';
import { readAccount } from '../../support/account.ts';
import {
  CASES,
  PERF_DATA,
  perfDataOf,
  reportOn,
  take,
  takeAny,
  withStore,
  withStoreAsync,
} from '../../support/fixtures.ts';
import { countersIn } from '../../support/one-load.ts';

type Row = Record<string, number | string | null>;
const rowsOf = (db: Connection, sql: string, ...values: (number | string)[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

/** A listener of capture 1 of which this is known; all else is null or 0. */
function insertListener(db: Connection, known: Row): void {
  const columns = rowsOf(db, 'SELECT name FROM pragma_table_info(?)', 'listeners').map(({ name }) => name as string);
  const nullable =
    /^(family|endpoint|sk|generation|opened_.*|closed_.*|requested|sampled_.*|drops_.*|syn_queue_max|seen_.*)$/;
  const row: Row = { capture: 1, ...known };
  db.prepare(`INSERT INTO listeners VALUES (${columns.map(() => '?').join(', ')})`).run(
    columns.map((column) => row[column] ?? (nullable.test(column) ? null : 0)),
  );
}

describe('v_depth and v_connections', () => {
  // these recordings have every connection: see the fixtures' README
  const complete = CASES.filter((name) => name !== 'lost' && name !== 'per-task-overflow');
  it.each(complete)('%s: as many enqueues, accepts and lengths as the kernel had', (name) =>
    withStore((store) => {
      take(store, perfDataOf(name));
      const { lives } = readAccount(join(PERF_DATA, name));
      const queued = lives.flatMap((life) => life.queued);
      const [{ n }] = rowsOf(store.db, 'SELECT count(*) AS n FROM v_depth WHERE change = 1');
      expect(n).toBe(queued.length);
      const [{ taken }] = rowsOf(store.db, 'SELECT count(*) AS taken FROM v_waits');
      expect(taken).toBe(lives.flatMap((life) => life.accepted).length);
      // what accept() calls under way took already may make the rebuilt length too great, or too small, by their number
      const [{ depth, off }] = rowsOf(
        store.db,
        'SELECT (SELECT max(depth) FROM v_depth) AS depth, (SELECT max(accepts_in_flight) FROM v_connections) AS off',
      );
      const longest = Math.max(...queued.map(({ ackBacklog }) => ackBacklog));
      expect(Math.abs((depth as number) - longest)).toBeLessThanOrEqual(off as number);
    }),
  );

  it('leaves out what has no time, counts what was there before, and lets departures of an instant come first', () =>
    withStore(({ db }) => {
      insertListener(db, {
        id: 7,
        closed_at_ns: 900,
        accepted: 5,
        initial_depth: 3,
        unseen_arrivals: 1,
        unseen_accepts: 2,
      });
      const insert = db.prepare(
        'INSERT INTO connections (id, capture, listener, enqueued_at_ns, accepts_in_flight, dequeued_at_ns, end) VALUES (?, 1, 7, ?, 0, ?, ?)',
      );
      const connections: [number, number | null, number | null, string][] = [
        [1, null, 100, 'accepted'], // there before the capture; a second one was, too, and left without a row
        [2, null, 200, 'accepted'],
        [3, 150, null, 'unseen'],
        [4, null, 300, 'accepted'], // its arrival was lost
        [5, 200, 400, 'accepted'], // comes when 2 leaves
        [6, 400, 400, 'accepted'], // stays no time
        [7, 500, null, 'left'],
        [8, 600, 900, 'aborted'],
      ];
      for (const row of connections) insert.run(...row);
      const series = db.prepare('SELECT at_ns, connection, change, depth FROM v_depth').raw().all();
      expect(series).toEqual([
        [0, 1, 1, 1],
        [0, 2, 1, 2],
        [100, 1, -1, 1],
        [200, 2, -1, 0],
        [200, 5, 1, 1],
        [400, 5, -1, 0],
        [400, 6, 1, 1],
        [400, 6, -1, 0],
        [500, 7, 1, 1],
        [600, 8, 1, 2],
        [900, 8, -1, 1],
      ]);
      expect(rowsOf(db, 'SELECT DISTINCT left_out FROM v_depth')).toEqual([{ left_out: 3 }]);
      expect(rowsOf(db, 'SELECT connection FROM v_waits')).toEqual([{ connection: 5 }, { connection: 6 }]);
    }));
});

describe('v_overflows', () => {
  it.each(CASES)('%s: the refusals that the report counts, once its capacity is known', (name) =>
    withStore((store) => {
      take(store, perfDataOf(name));
      const { listeners } = reportOn(store);
      const full = store.db.prepare(
        "SELECT count(*) FROM v_overflows WHERE listener = ? AND (cause = 'accept_queue_full' OR (cause = 'unknown' AND depth_high >= ?))",
      );
      for (const { id, backlog, overflows } of listeners)
        if (backlog.capacity !== null && overflows.evidence === 'client')
          expect(full.pluck().get(id, backlog.capacity)).toBe(overflows.count);
      const rows = rowsOf(store.db, 'SELECT at_ns, noticed_at_ns, depth_low, depth_high FROM v_overflows');
      for (const row of rows) {
        expect(row.noticed_at_ns as number).toBeGreaterThanOrEqual(row.at_ns as number);
        if (row.depth_low !== null) expect(row.depth_high as number).toBeGreaterThanOrEqual(row.depth_low as number);
      }
    }),
  );

  it('judges a SYN by a limit that was read, and drops what clients repeat of seen decisions', () =>
    withStore(({ db }) => {
      insertListener(db, { id: 1, sampled_limit: 5 });
      insertListener(db, { id: 2 });
      insertListener(db, { id: 3, sampled_limit: 5 });
      const insert = db.prepare(
        'INSERT INTO refusals (capture, listener, kind, at_ns, noticed_at_ns, evidence, depth_high) VALUES (1, ?, ?, ?, 99, ?, ?)',
      );
      const refusals: [number, string, number, string, number | null, string | null][] = [
        [1, 'syn', 1, 'client', 5, 'other'], // a queue with a limit of 5 holds 6
        [1, 'syn', 2, 'client', 6, 'accept_queue_full'],
        [1, 'syn', 3, 'client', null, 'unknown'],
        [1, 'ack', 4, 'client', 2, 'accept_queue_full'], // the kernel named the reason
        [2, 'syn', 5, 'client', 6, 'unknown'],
        [3, 'syn', 6, 'decision', 5, 'accept_queue_full'],
        [3, 'syn', 6, 'client', 6, null], // the same, told by the client
      ];
      for (const [listener, kind, at, evidence, depth] of refusals) insert.run(listener, kind, at, evidence, depth);
      const found = db
        .prepare('SELECT listener, kind, at_ns, evidence, depth_high, cause FROM v_overflows ORDER BY at_ns')
        .raw()
        .all();
      expect(found).toEqual(refusals.filter(([, , , , , cause]) => cause !== null));
    }));

  const guests = fileURLToPath(new URL('../../fixture/guests/', import.meta.url));
  // 5.10 was recorded without the probe that sees decisions
  const kernels = readdirSync(guests).filter((kernel) => kernel !== '5.10');
  it.each(kernels)('%s: where a probe saw each decision, as many as ListenOverflows, each once', (kernel) =>
    withStoreAsync(async (store) => {
      const directory = join(guests, kernel);
      await takeAny(store, join(directory, 'bpftrace.json.xz'));
      const rows = rowsOf(
        store.db,
        'SELECT evidence, cause, count(*) AS n FROM v_overflows GROUP BY evidence, cause ORDER BY 1, 2',
      );
      expect(rows).toEqual([
        { evidence: 'decision', cause: 'accept_queue_full', n: countersIn(directory).get('ListenOverflows') },
      ]);
    }),
  );
});

describe('spelling', () => {
  const call =
    'INSERT INTO listen_calls (id, capture, at_ns, pid, tid, fd, backlog, result, endpoint) VALUES (?, 1, 0, 1, 1, 3, 5, ?, ?)';

  it('names errnos as the C library does', () =>
    withStore(({ db }) => {
      const errnos = Object.entries(constants.errno).filter(([name]) => !['EWOULDBLOCK', 'ENOTSUP'].includes(name));
      const insert = db.prepare(call);
      for (const [, errno] of errnos) insert.run(errno, -errno, null);
      insert.run(1000, 0, null);
      insert.run(1001, null, null);
      insert.run(1002, 5, null);
      const named = new Map(
        rowsOf(db, 'SELECT listen_call, error FROM v_listen_calls').map((row) => [row.listen_call, row.error]),
      );
      expect([1000, 1001, 1002].map((id) => named.get(id))).toEqual([null, null, null]);
      for (const [name, errno] of errnos) expect([name, `errno ${errno}`]).toContain(named.get(errno));
      for (const name of ['EADDRINUSE', 'EBADF', 'EINVAL', 'ENOTSOCK', 'EOPNOTSUPP', 'EACCES'] as const)
        expect(named.get(constants.errno[name])).toBe(name);
    }));

  it('spells addresses of each family', () =>
    withStore(({ db }) => {
      const endpoint = db.prepare('INSERT INTO endpoints (id, capture, family, address, port) VALUES (?, 1, ?, ?, ?)');
      const cases: [number, string, number, string][] = [
        [2, '127.0.0.1', 8080, '127.0.0.1:8080'],
        [10, '::1', 80, '[::1]:80'],
        [10, '::ffff:10.0.0.1', 443, '[::ffff:10.0.0.1]:443'],
        [1, '/run/a:b.sock', 0, '/run/a:b.sock'],
      ];
      db.pragma('foreign_keys = OFF');
      cases.forEach(([family, address, port], k) => {
        endpoint.run(k + 1, family, address, port);
        db.prepare(call).run(k + 1, 0, k + 1);
      });
      const texts = db.prepare('SELECT address FROM v_listen_calls ORDER BY listen_call').pluck().all();
      expect(texts).toEqual(cases.map(([, , , text]) => text));
    }));
});
