// Two writers: the one whose expectation is stale gets a typed error, and nothing of it is in the log.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newTotals } from '../../../core/event/capture.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { NumberedBatch } from '../../../core/event/numbered-batch.ts';
import { CaptureWriter } from '../../../core/store/capture-writer.ts';
import { ExpectedVersionError } from '../../../core/store/expected-version.ts';
import { lastEntry } from '../../../core/store/journal.ts';
import { LogEncoder } from '../../../core/store/log-encoder.ts';
import { placeOf } from '../../../core/store/log-place.ts';
import { LogSession } from '../../../core/store/log-session.ts';
import { type Connection, openStore } from '../../../core/store/store.ts';
import { verifyLog } from '../../../core/store/verify.ts';
import { withStore } from '../../support/fixtures.ts';

const INFO = {
  format: 'test',
  tool: null,
  kernel: null,
  arch: null,
  host: null,
  cmdline: null,
  clock: 'test',
  wallOffset: null,
  probes: [],
  unit: 'byte' as const,
  pointers: true,
};
const NONE = { addresses: [], endpoints: [], strings: [] };

/** A capture of so many events. */
function appendCapture(db: Connection, sha256: string, events: number): number {
  const place = placeOf(db);
  const writer = new CaptureWriter(db, { path: sha256, sha256 }, place);
  const encoder = new LogEncoder(place.bases);
  const batch = NumberedBatch.of(events);
  for (let k = 0; k < events; k++) batch.push(k, eventCode('sys_enter_listen'), 0, 7, 7, k);
  const tasks = encoder.encode(batch);
  writer.append({ batch, tasks, entries: NONE, pieces: encoder.streams.take(), info: INFO, origin: null });
  const end = { info: INFO, totals: newTotals(), origin: null, lastAt: encoder.lastAt };
  writer.finish(end, NONE, encoder.streams.finish());
  return place.capture;
}

const content = (db: Connection): unknown =>
  ['journal', 'capture_starts', 'capture_ends', 'batches', 'tasks', 'streams'].map((table) =>
    db.prepare(`SELECT * FROM ${table}`).raw().all(),
  );

/** Calls `use` with two connections to one store, as two processes have them. */
const withTwo = (use: (first: Connection, second: Connection) => void): void =>
  withStore((store, directory) => {
    store.close();
    const path = join(directory, 'store.db');
    const [first, second] = [openStore(path, { mode: 'write' }), openStore(path, { mode: 'write' })];
    try {
      use(first.db, second.db);
    } finally {
      first.close();
      second.close();
    }
  });

it('journal: the second of two that expect the same is refused', () =>
  withTwo((first, second) => {
    const seen = lastEntry(second)?.seq ?? 0;
    const one = new LogSession(first);
    one.begin({ seq: seen });
    appendCapture(first, 'one', 3);
    one.commit();
    const before = content(first);
    const two = new LogSession(second);
    let thrown: unknown;
    try {
      two.begin({ seq: seen });
      appendCapture(second, 'two', 5);
      two.commit();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ExpectedVersionError);
    expect(thrown).toMatchObject({ of: 'journal', expected: 0, actual: 3 });
    expect(second.inTransaction).toBe(false);
    expect(content(second)).toEqual(before);
    // with what is so by now it goes on
    two.begin({ seq: 3 });
    appendCapture(second, 'two', 5);
    two.commit();
    expect(verifyLog(first)).toMatchObject({ damages: [], events: 8 });
  }));

it('stream: a capture that has other events than expected', () =>
  withTwo((first, second) => {
    const session = new LogSession(first);
    session.begin({ seq: 0, stream: { capture: 1, events: 0 } });
    const capture = appendCapture(first, 'one', 3);
    session.commit();
    const other = new LogSession(second);
    for (const events of [0, 2, 4])
      expect(() => other.begin({ stream: { capture, events } })).toThrow(
        expect.objectContaining({ of: 'stream capture-1', expected: events, actual: 3 }),
      );
    expect(second.inTransaction).toBe(false);
    other.begin({ seq: 3, stream: { capture, events: 3 } });
    other.commit();
  }));

it('between two steps: who was overtaken stops, and what it had committed stays', () =>
  withTwo((first, second) => {
    const slow = new LogSession(first);
    slow.begin();
    appendCapture(first, 'one', 3);
    // another process gets in between commit and begin
    const { exec } = first;
    Object.assign(first, {
      exec(this: Connection, sql: string) {
        const done = exec.call(first, sql);
        if (sql === 'COMMIT') {
          const quick = new LogSession(second);
          quick.begin();
          appendCapture(second, 'two', 2);
          quick.commit();
        }
        return done;
      },
    });
    expect(() => slow.step()).toThrow(ExpectedVersionError);
    expect(first.inTransaction).toBe(false);
    expect(verifyLog(second)).toMatchObject({ damages: [], events: 5 });
  }));

it('within a transaction of the caller: refused, and the rest of that is untouched', () =>
  withStore(({ db }) => {
    db.exec('BEGIN');
    appendCapture(db, 'one', 1);
    expect(() => new LogSession(db).begin({ seq: 0 })).toThrow(ExpectedVersionError);
    db.exec('COMMIT');
    expect(verifyLog(db)).toMatchObject({ damages: [], events: 1 });
  }));
