// Captures as text: the same recordings with the kernel's addresses left out, and in a second step the process ids as well, must
// give the same listeners. What the addresses told is the independent source.
import { expect, it } from 'vitest';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { ABSENT, type EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import { AcceptPath } from '../../../core/projection/accept-path.ts';
import type { ListenerRow } from '../../../core/projection/rows.ts';
import { readLog } from '../../../core/store/log-reader.ts';
import { CASES, perfDataOf, take, withStore } from '../../support/fixtures.ts';

interface Folded {
  readonly listeners: Record<string, unknown>[];
  readonly depths: string[];
}

/** Folds a recorded case; `strip` changes each batch before. */
function fold(name: string, pointers: boolean, strip: (batch: EventBatch) => void): Folded {
  return withStore(({ db }) => {
    const capture = take({ db } as never, perfDataOf(name));
    const rows: ListenerRow[] = [];
    const depths: string[] = [];
    const nothing = (): undefined => undefined;
    const endpoint = db.prepare('SELECT family, address, port FROM endpoints WHERE id = ?');
    const path = new AcceptPath(
      {
        hasState: true,
        hasDataReady: pointers,
        endpoint: (id) => endpoint.get(id) as never,
        firstListener: 1,
        firstConnection: 1,
        overflowReason: () => false,
        ackReason: () => false,
      },
      {
        listener: (row) => rows.push(row),
        connection: (row) => depths.push(`${row.listener} ${row.enqueued_at_ns} ${row.depth} ${row.dequeued_at_ns}`),
        listenCall: nothing,
        backlogChange: nothing,
        depth: nothing,
        acceptor: nothing,
        refusal: nothing,
        gap: nothing,
        socket: nothing,
        orphanAcceptor: nothing,
        queueSample: nothing,
        counter: nothing,
      },
    );
    for (const batch of readLog(db, capture)) {
      strip(batch);
      path.apply(batch);
    }
    path.finish();
    const text = (row: ListenerRow): Record<string, unknown> => {
      const { address, port } = endpoint.get(row.endpoint) as { address: string; port: number };
      const { requested, enqueued, accepted, unseen_arrivals, unseen_accepts, left_in_queue, depth_max } = row;
      return {
        at: `${address}:${port}`,
        requested,
        enqueued,
        accepted,
        unseen_arrivals,
        unseen_accepts,
        left_in_queue,
        depth_max,
        syn_retransmits: row.syn_retransmits,
      };
    };
    return { listeners: rows.filter((row) => row.endpoint !== null).map(text), depths };
  });
}

const SOCKETS = EVENT_TYPES.map((type) => type.args.findIndex((arg) => arg.kind === 'socket'));

function withoutPointers(batch: EventBatch): void {
  for (let row = 0; row < batch.length; row++) {
    const at = SOCKETS[batch.type[row]];
    if (at >= 0) batch.args[at][row] = ABSENT;
  }
}

function withoutProcesses(batch: EventBatch): void {
  withoutPointers(batch);
  for (let row = 0; row < batch.length; row++) batch.pid[row] = -1;
}

/** Where events are lost the addresses tell more: what is left are bounds. */
const LOSSY = ['lost'];
/** Members of a group share their address: which one an arrival belongs to is told by the kernel's address alone. */
const GROUPS = ['reuseport'];
const COMPARED = CASES.filter((name) => !GROUPS.includes(name) && !LOSSY.includes(name));

it('has what it compares', () => {
  expect(new Dictionaries().addresses.entries).toEqual([]);
  expect(COMPARED.length).toBeGreaterThan(10);
});

it.each(COMPARED)('%s', (name) => {
  const whole = fold(name, true, () => undefined);
  expect(whole.listeners.length).toBeGreaterThan(0);
  expect(fold(name, false, withoutPointers)).toEqual(whole);
});

it.each(COMPARED)('%s, without process ids', (name) => {
  const whole = fold(name, true, () => undefined);
  expect(fold(name, false, withoutProcesses)).toEqual(whole);
});

it.each(LOSSY)('%s: no more than what was recorded', (name) => {
  const whole = fold(name, true, () => undefined).listeners[0];
  const { listeners } = fold(name, false, withoutPointers);
  expect(listeners.length).toBe(1);
  expect(listeners[0].accepted).toBe(whole.accepted);
  expect(listeners[0].enqueued).toBeLessThanOrEqual(whole.enqueued as number);
  expect(listeners[0].unseen_arrivals).toBeGreaterThanOrEqual(whole.unseen_arrivals as number);
});

it.each(GROUPS)('%s: arrivals are counted as ambiguous, not guessed', (name) => {
  const whole = fold(name, true, () => undefined);
  const { listeners } = fold(name, false, withoutPointers);
  const sum = (rows: readonly Record<string, unknown>[], key: string): number =>
    rows.reduce((all, row) => all + (row[key] as number), 0);
  expect(listeners.map(({ at }) => at)).toEqual(whole.listeners.map(({ at }) => at));
  expect(sum(listeners, 'accepted')).toBe(sum(whole.listeners, 'accepted'));
  expect(sum(listeners, 'enqueued')).toBe(0);
});
