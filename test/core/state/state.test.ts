// The state at an instant: from a snapshot it is what folding from the beginning gives; in its queues is what the tables say waited then.
import { readFileSync } from 'node:fs';
import * as Schema from 'effect/Schema';
import { describe, expect, it } from 'vitest';
import { SnapshotTaker } from '../../../core/projection/snapshot/taker.ts';
import type { State } from '../../../core/state/model.ts';
import { StateSchema } from '../../../core/state/schema.ts';
import { queryEvents } from '../../../core/store/event-query.ts';
import { indexLog } from '../../../core/store/indexes.ts';
import { rebuildProjections } from '../../../core/store/project.ts';
import { readState } from '../../../core/store/read-state.ts';
import { SnapshotWriter, type Until } from '../../../core/store/snapshots.ts';
import type { Connection } from '../../../core/store/store.ts';
import { perfDataOf, take, takeAny, withStore, withStoreAsync } from '../../support/fixtures.ts';
import { eventsOf, foldOf, RECORDINGS, recordingOf } from '../../support/recordings.ts';

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Snapshots closer together than usual, so that small recordings have some. */
function addSnapshots(db: Connection, capture: number): number {
  db.exec('DELETE FROM snapshots');
  const taker = new SnapshotTaker(foldOf(db, capture).path, 128);
  taker.apply(eventsOf(db, capture));
  const taken = taker.take();
  new SnapshotWriter(db, capture).write(taken);
  return taken.length;
}

const stateAt = (db: Connection, capture: number, until: Until, snapshots = true): State =>
  readState(db, capture, until, 'test', snapshots) as State;

const without = ({ instant, ...rest }: State) => ({ ...rest, instant: { ...instant, snapshot: 0, events_read: 0 } });

let fromSnapshots = 0;

describe('the state at random instants', () => {
  it.each(RECORDINGS)('%s: from a snapshot it is that from the beginning', async (name) => {
    await withStoreAsync(async (store) => {
      const { db } = store;
      const capture = await takeAny(store, recordingOf(name));
      const snapshots = addSnapshots(db, capture);
      if (snapshots > 0) indexLog(db);
      const { events, duration_ns: duration } = db.prepare('SELECT events, duration_ns FROM captures').get() as {
        events: number;
        duration_ns: number;
      };
      if (events === 0) return;
      const next = random(events);
      for (let k = 0; k < 8; k++) {
        const until =
          k % 2 === 0 ? { at: Math.floor(next() * duration * 1.05) } : { position: 1 + Math.floor(next() * events) };
        const state = stateAt(db, capture, until);
        expect(without(state)).toEqual(without(stateAt(db, capture, until, false)));
        expect(Schema.decodeUnknownSync(StateSchema)(JSON.parse(JSON.stringify(state)))).toEqual(state);
        if (state.instant.snapshot !== null) {
          fromSnapshots++;
          expect(state.instant.events_read).toBeLessThan(events);
        }
      }
    });
  });

  it('began from snapshots often enough to tell', () => expect(fromSnapshots).toBeGreaterThan(100));
});

interface Waited {
  readonly sk: string;
  readonly enqueued: number;
}

/** By the table of connections alone: who had entered a queue and not left it. */
function waitingByTable(db: Connection, listener: number, at: number): Waited[] {
  return db
    .prepare(
      `SELECT a.address AS sk, c.enqueued_at_ns AS enqueued FROM connections c LEFT JOIN addresses a ON a.id = c.sk
       WHERE c.listener = ? AND c.enqueued_at_ns <= ? AND (c.dequeued_at_ns > ? OR c.end = 'left')
       ORDER BY c.enqueued_at_ns, c.id`,
    )
    .all(listener, at, at) as Waited[];
}

describe('who waits', () => {
  it.each([
    'acceptload-burst',
    'nginx-ab',
    'redis-benchmark',
    'reuseport',
    'ipv6-dual',
    'per-task',
    'acceptload-overflow',
  ])('%s: is who the table of connections says entered before and left after', (name) => {
    withStore((store) => {
      const { db } = store;
      const capture = take(store, perfDataOf(name));
      const times = db
        .prepare('SELECT enqueued_at_ns FROM connections WHERE enqueued_at_ns IS NOT NULL ORDER BY 1')
        .pluck()
        .all() as number[];
      const next = random(times.length);
      let waiting = 0;
      for (let k = 0; k < 40; k++) {
        const at = times[Math.floor(next() * times.length)] + Math.floor(next() * 200_000);
        for (const { id, accept_queue: queue } of stateAt(db, capture, { at }).listeners) {
          const expected = waitingByTable(db, id, at);
          const found = queue.waiting.map(({ sk, enqueued_at_ns }) => ({ sk, enqueued: enqueued_at_ns }));
          // where an accept() was stamped before the arrival that it took, the table lets that arrival stay until the call returned
          const stayed = expected.filter((one) => !found.some(({ enqueued }) => enqueued === one.enqueued));
          expect(stayed.length).toBeLessThanOrEqual(queue.high === null ? 1 : queue.high - queue.length);
          expect(found).toEqual(expected.filter((one) => !stayed.includes(one)));
          waiting += found.length;
        }
      }
      expect(waiting).toBeGreaterThan(10);
    });
  });

  it('says what a listener older than the capture may hide', () => {
    withStore((store) => {
      const capture = take(store, perfDataOf('nginx-running'));
      const { listeners } = stateAt(store.db, capture, { at: 0 });
      expect(listeners.length).toBeGreaterThan(0);
      for (const { opened_at_ns, backlog_requested, accept_queue } of listeners) {
        expect([opened_at_ns, backlog_requested]).toEqual([null, null]);
        expect(accept_queue.bound === 'exact' || accept_queue.high === null).toBe(true);
      }
    });
  });
});

/** By the log alone: a task is in a call when the last of its entries has no exit behind it. */
function callsByLog(db: Connection, position: number): string[] {
  const last = new Map<number, string>();
  for (const event of queryEvents(db, {})) {
    if (event.position > position) break;
    if (event.tid === null) continue;
    const [, way, call] = /^sys_(enter|exit)_(.*)$/.exec(event.type) ?? [];
    if (way === 'enter') last.set(event.tid, `${event.tid} ${call} ${event.at_ns}`);
    else if (way === 'exit' || event.type === 'task_exit') last.delete(event.tid);
  }
  return [...last.values()].sort();
}

describe('what tasks do', () => {
  it.each(['nginx-ab', 'python-http', 'redis-benchmark', 'acceptload-stall'])('%s: as the log has it', (name) => {
    withStore((store) => {
      const { db } = store;
      const capture = take(store, perfDataOf(name));
      const events = db.prepare('SELECT events FROM captures').pluck().get() as number;
      const next = random(events);
      for (let k = 0; k < 6; k++) {
        const position = 1 + Math.floor(next() * events);
        const { calls } = stateAt(db, capture, { position });
        expect(calls.map(({ tid, call, since_ns }) => `${tid} ${call} ${since_ns}`).sort()).toEqual(
          callsByLog(db, position),
        );
      }
    });
  });

  it('knows which fd is the listener, and whose connection an accepted one is', () => {
    withStore((store) => {
      const { db } = store;
      const capture = take(store, perfDataOf('nginx-ab'));
      const exits = [...queryEvents(db, { type: 'sys_exit_accept4' })].filter(
        (event) => 'ret' in event && Number(event.ret) >= 0,
      );
      const exit = exits[Math.floor(exits.length / 2)] as unknown as {
        position: number;
        pid: number;
        ret: number;
        tid: number;
      };
      const { tasks, listeners } = stateAt(db, capture, { position: exit.position });
      const files = tasks.find(({ pid }) => pid === exit.pid)?.files ?? [];
      const accepted = files.find(({ fd }) => fd === exit.ret);
      const taken = db
        .prepare(
          `SELECT e.address || ':' || e.port FROM connections c JOIN endpoints e ON e.id = c.remote
           WHERE c.tid = ? AND c.dequeued_at_ns <= (SELECT at_ns FROM events WHERE position = ?) ORDER BY c.dequeued_at_ns DESC LIMIT 1`,
        )
        .pluck()
        .get(exit.tid, exit.position);
      expect(accepted).toMatchObject({ kind: 'connection', listener: listeners[0].id, client: taken });
      const listening = files.filter(({ kind }) => kind === 'listener').map(({ fd }) => fd);
      const [call] = [...queryEvents(db, { type: 'sys_enter_accept4' })] as unknown as { fd: number }[];
      expect(listening).toContain(call.fd);
    });
  });
});

describe('snapshots in a store', () => {
  const contentOf = (db: Connection): unknown[] => db.prepare('SELECT * FROM snapshots ORDER BY id').raw().all();

  it('are written along, and the same when rebuilt', () => {
    withStore((store) => {
      take(store, perfDataOf('acceptload-burst'));
      take(store, perfDataOf('nginx-ab'));
      const before = contentOf(store.db);
      expect(before.length).toBeGreaterThan(1);
      rebuildProjections(store.db);
      expect(contentOf(store.db)).toEqual(before);
    });
  });

  it('are passed over when they cannot be read, and that is said', () => {
    withStore((store) => {
      const { db } = store;
      const capture = take(store, perfDataOf('nginx-ab'));
      const until = { position: 11_000 };
      const whole = stateAt(db, capture, until);
      expect(whole.instant.snapshot).not.toBeNull();
      db.prepare('UPDATE snapshots SET state = ?').run(readFileSync(process.execPath).subarray(0, 5000));
      const damaged = stateAt(db, capture, until);
      expect(damaged.confidence.notes.join()).toContain('cannot be read');
      const plain = (state: State) => ({ ...without(state), confidence: null });
      expect(plain(damaged)).toEqual(plain(whole));
    });
  });
});
