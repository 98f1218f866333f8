// Snapshots of the fold: restored, it is the same object for object, and goes on to the same rows. Over every recording, at random places.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventBatch } from '../../../../core/event/event-batch.ts';
import { SNAPSHOT_VERSION } from '../../../../core/projection/snapshot/classes.ts';
import { restorePath, SnapshotError } from '../../../../core/projection/snapshot/restore.ts';
import { savePath } from '../../../../core/projection/snapshot/save.ts';
import { type Snapshot, SnapshotTaker } from '../../../../core/projection/snapshot/taker.ts';
import { perfDataOf, take, takeAny, withStore, withStoreAsync } from '../../../support/fixtures.ts';
import { eventsOf, foldOf, RECORDINGS, recordingOf } from '../../../support/recordings.ts';
import { firstDifference, shapesOf } from '../../../support/same-graph.ts';

const CACHES = new Set(['reached']);

/** The same numbers in each run. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Classes and fields met in all recordings. */
const layout = new Set<string>();

it.each(RECORDINGS)('%s: saved and restored at random places', async (name) => {
  await withStoreAsync(async (store) => {
    const { db } = store;
    const capture = await takeAny(store, recordingOf(name));
    const events = eventsOf(db, capture);
    const whole = foldOf(db, capture);
    whole.path.apply(events);
    whole.path.finish();
    const next = random(events.length);
    for (let k = 0; k < 6; k++) {
      const cut = k === 0 ? 0 : k === 1 ? events.length : Math.floor(next() * events.length);
      const before = foldOf(db, capture);
      before.path.apply(events, 0, cut);
      const bytes = savePath(before.path);
      const after = foldOf(db, capture);
      restorePath(after.path, bytes);
      for (const shape of shapesOf(before.path)) layout.add(shape);
      expect(firstDifference(before.path, after.path, CACHES), `at ${cut} of ${events.length}`).toBeNull();
      expect(Buffer.compare(savePath(after.path), bytes), 'saved again it is the same').toBe(0);
      const rows = before.rows();
      after.path.apply(events, cut);
      after.path.finish();
      for (const [table, values] of Object.entries(after.rows())) rows[table] = [...(rows[table] ?? []), ...values];
      expect(rows).toEqual(whole.rows());
    }
  });
});

it('saves objects of these classes and fields: where they change, SNAPSHOT_VERSION goes up', async () => {
  const lines = [...layout].sort();
  await expect(`version ${SNAPSHOT_VERSION}\n${lines.join('\n')}\n`).toMatchFileSnapshot('layout.txt');
});

it('reads some of every kind of recording', () => {
  expect(RECORDINGS.length).toBeGreaterThan(90);
});

it('is the same whatever the size of the batches', () => {
  withStore((store) => {
    const capture = take(store, perfDataOf('redis-benchmark'));
    const events = eventsOf(store.db, capture);
    const taken = [1, 7, 100, 1024, events.length].map((size) => {
      const taker = new SnapshotTaker(foldOf(store.db, capture).path, 64);
      const snapshots: Snapshot[] = [];
      for (let from = 0; from < events.length; from += size) {
        const batch = new EventBatch(size);
        batch.position = events.position + from;
        for (let row = from; row < Math.min(from + size, events.length); row++) batch.copyRow(events, row);
        taker.apply(batch);
        snapshots.push(...taker.take());
      }
      return snapshots.map(({ position, at, bytes }) => ({
        position,
        at,
        bytes: Buffer.from(bytes).toString('base64'),
      }));
    });
    expect(taken[0].length).toBeGreaterThan(3);
    for (const other of taken) expect(other).toEqual(taken[0]);
    // at no time are there more bytes of snapshots than eight for each event so far
    let total = 0;
    for (const { position, bytes } of taken[0]) {
      total += Buffer.from(bytes, 'base64').length;
      expect(total / (position - events.position + 1)).toBeLessThanOrEqual(8);
    }
  });
});

it('refuses damaged bytes and nothing else happens', () => {
  withStore((store) => {
    const capture = take(store, perfDataOf('reuseport'));
    const events = eventsOf(store.db, capture);
    const { path } = foldOf(store.db, capture);
    path.apply(events, 0, Math.floor(events.length / 2));
    const bytes = savePath(path);
    const restored = (damaged: Uint8Array): void => {
      try {
        restorePath(foldOf(store.db, capture).path, damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(SnapshotError);
      }
    };
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const damaged = bytes.slice();
        damaged[at] ^= by;
        restored(damaged);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        expect(() => restorePath(foldOf(store.db, capture).path, bytes.slice(0, length))).toThrow(SnapshotError);
      }),
      { numRuns: 100 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), restored), { numRuns: 300 });
    expect(Object.prototype).not.toHaveProperty('polluted');
  });
});

it('sees every field: none is hidden from reflection', () => {
  const folder = fileURLToPath(new URL('../../../../core/projection/', import.meta.url));
  const hidden = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /\bthis\.#|^let /m.test(readFileSync(folder + name, 'utf8')));
  expect(hidden).toEqual([]);
});
