// The projections of a capture: along with an ingest, or again from the log.
import type { Endpoint } from '../event/dictionary.ts';
import { RecentMap } from '../event/recent-map.ts';
import { AcceptPath } from '../projection/accept-path.ts';
import { RowBuffers } from '../projection/row-buffers.ts';
import type { RowSink } from '../projection/rows.ts';
import { SnapshotTaker } from '../projection/snapshot/taker.ts';
import { clearDerived, DERIVED_TABLE_NAMES } from './capture-derived.ts';
import { readBatches, readLog } from './log-reader.ts';
import { type Probed, probedOf } from './probed.ts';
import { checkpoint, PROCESSOR_TABLE } from './processors.ts';
import { PROJECTION_TABLES } from './projection-tables.ts';
import { ProjectionWriter } from './projection-writer.ts';
import type { ResumedFold } from './resume-fold.ts';
import { SNAPSHOT_TABLE, SnapshotWriter } from './snapshots.ts';
import type { Connection } from './store.ts';
import { STREAM_TABLE, StreamIndex } from './stream-index.ts';
import { StreamWriter } from './stream-writer.ts';
import { createViews } from './views/index.ts';

/** All that is derived from the log. */
export const DERIVED_TABLES = STREAM_TABLE + PROCESSOR_TABLE + PROJECTION_TABLES + SNAPSHOT_TABLE;

/** The kernel's name for it, and those of acceptq's own probe for its two cases. */
const OVERFLOW_REASONS = ['TCP_LISTEN_OVERFLOW', 'SYN_ACCEPT_QUEUE_FULL', 'ACK_ACCEPT_QUEUE_FULL'];

/** Spells interned ids out while a capture is projected. */
export interface Lookup {
  endpoint(id: number): Endpoint;
  string(id: number): string;
}

/** First free ids of the tables whose rows others point to. */
export interface FirstIds {
  readonly listener: number;
  readonly connection: number;
}

export function firstIds(db: Connection): FirstIds {
  const next = (table: string): number =>
    db.prepare(`SELECT ifnull(max(id), 0) + 1 FROM ${table}`).pluck().get() as number;
  return { listener: next('listeners'), connection: next('connections') };
}

const sightOf = ({ probes, pointers }: Probed) => ({
  hasState: probes.some((probe) => probe.endsWith('inet_sock_set_state')),
  seesDecisions: probes.includes('acceptq:queue_drop'),
  hasDataReady: pointers && probes.some((probe) => probe.endsWith('sk_data_ready')),
});

/** Whether events are understood alike with either. */
export const seesAlike = (one: Probed, other: Probed): boolean =>
  JSON.stringify(sightOf(one)) === JSON.stringify(sightOf(other));

/** The projections of one capture, to be fed its batches in order. */
export function projectionOf(first: FirstIds, probed: Probed, lookup: Lookup, out: RowSink): AcceptPath {
  return new AcceptPath(
    {
      ...sightOf(probed),
      endpoint: (id) => lookup.endpoint(id),
      firstListener: first.listener,
      firstConnection: first.connection,
      ackReason: (id) => !Number.isNaN(id) && lookup.string(id).startsWith('ACK_'),
      overflowReason: (id) => !Number.isNaN(id) && OVERFLOW_REASONS.includes(lookup.string(id)),
    },
    out,
  );
}

const MOST_ENDPOINTS = 1 << 14;
const MOST_STRINGS = 1 << 12;

/** Spells out what a store has interned. */
export function storedLookup(db: Connection): Lookup {
  const endpoint = db.prepare('SELECT family, address, port FROM endpoints WHERE id = ?');
  const text = db.prepare('SELECT text FROM strings WHERE id = ?').pluck();
  const endpoints = new RecentMap<number, Endpoint>(MOST_ENDPOINTS);
  const strings = new RecentMap<number, string>(MOST_STRINGS);
  const cached = <T>(cache: RecentMap<number, T>, id: number, load: () => T): T => {
    const known = cache.get(id);
    if (known !== undefined) return known;
    const value = load();
    cache.set(id, value);
    return value;
  };
  return {
    endpoint: (id) =>
      cached(endpoints, id, () => (endpoint.get(id) as Endpoint | undefined) ?? { family: 0, address: '?', port: 0 }),
    string: (id) => cached(strings, id, () => (text.get(id) as string | undefined) ?? ''),
  };
}

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly capture: number;
  readonly events: number;
  readonly of: number;
}

/**
 * Derives one capture's rows, which must not be there, from the log; within the caller's transaction. `first`: ids that its rows begin
 * with, if not behind all that are there.
 */
export function projectCapture(
  db: Connection,
  capture: number,
  progress?: (state: RebuildProgress) => void,
  firstOnes: FirstIds = firstIds(db),
): void {
  const { of, first } = db
    .prepare('SELECT events AS "of", first_position AS first FROM captures WHERE id = ?')
    .get(capture) as { of: number; first: number };
  const rows = new RowBuffers();
  const writer = new ProjectionWriter(db, capture);
  const streams = new StreamIndex();
  const pieces = new StreamWriter(db, capture);
  const path = projectionOf(firstOnes, probedOf(db, capture), storedLookup(db), rows);
  const taker = new SnapshotTaker(path);
  const snapshots = new SnapshotWriter(db, capture);
  let events = 0;
  for (const batch of readLog(db, capture)) {
    taker.apply(batch);
    writer.write(rows.take());
    snapshots.write(taker.take());
    for (let row = 0; row < batch.length; row++) streams.note(batch, row);
    pieces.write(streams.take());
    events += batch.length;
    progress?.({ capture, events, of });
  }
  path.finish();
  writer.write(rows.take());
  pieces.write(streams.finish());
  checkpoint(db, capture, first + events - 1, true);
}

/**
 * Goes on from a fold that was resumed, to the end of the log, and ends the capture there. False, and nothing is to be kept, when events
 * show a probe that the fold did not know of.
 */
export function projectOn(
  db: Connection,
  capture: number,
  { path, rows, position, probed }: ResumedFold,
  progress?: (state: RebuildProgress) => void,
): boolean {
  const { of, first } = db
    .prepare('SELECT events AS "of", first_position AS first FROM captures WHERE id = ?')
    .get(capture) as { of: number; first: number };
  const writer = new ProjectionWriter(db, capture);
  let last = position;
  for (const { batch } of readBatches(db, capture, position + 1)) {
    path.apply(batch, Math.max(0, last + 1 - batch.position));
    last = batch.position + batch.length - 1;
    writer.write(rows.take());
    progress?.({ capture, events: last + 1 - first, of });
  }
  if (!seesAlike(probed, { ...probed, probes: [...probed.probes, ...path.shown] })) return false;
  path.finish();
  writer.write(rows.take());
  checkpoint(db, capture, last, true);
  return true;
}

/** Derives the rows of some captures anew, the last ones of the store. */
export function projectAgain(
  db: Connection,
  captures: readonly number[],
  progress?: (state: RebuildProgress) => void,
): void {
  db.transaction(() => {
    for (const capture of captures) clearDerived(db, capture);
    for (const capture of captures) projectCapture(db, capture, progress);
  }).immediate();
}

/** Drops every table that is not log and rebuilds it, capture by capture; makes the views over them anew. */
export function rebuildProjections(db: Connection, progress?: (state: RebuildProgress) => void): void {
  db.transaction(() => {
    for (const table of DERIVED_TABLE_NAMES) db.exec(`DROP TABLE IF EXISTS ${table}`);
    db.exec(DERIVED_TABLES);
    createViews(db);
    const captures = db.prepare('SELECT id FROM captures ORDER BY id').pluck().all() as number[];
    for (const capture of captures) projectCapture(db, capture, progress);
  }).immediate();
}
