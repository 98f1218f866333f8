// The classes whose objects make up the fold's state, by the names that snapshots use for them, and what of them is not saved.
import { EventBatch } from '../../event/event-batch.ts';
import { AcceptPath } from '../accept-path.ts';
import { AcceptQueue } from '../accept-queue.ts';
import { AnonymousSockets } from '../anonymous-sockets.ts';
import { Arrivals } from '../arrivals.ts';
import { Clients } from '../clients.ts';
import { Gaps } from '../gaps.ts';
import { Listener } from '../listener.ts';
import { ListenerLives } from '../listener-lives.ts';
import { Listeners } from '../listeners.ts';
import { FilesTable, OpenFile } from '../open-files.ts';
import { QueueTimeline } from '../queue-timeline.ts';
import { QueuedSyns } from '../queued-syns.ts';
import { Readings } from '../readings.ts';
import { Refusals } from '../refusals.ts';
import { SnapshotReadings } from '../snapshot-readings.ts';
import { SocketIdentity } from '../socket-identity.ts';
import { Sockets } from '../sockets.ts';
import { TaskCalls } from '../task-calls.ts';
import { Witnesses } from '../witnesses.ts';

/**
 * To be raised whenever an object of the fold gains, loses or changes a field: snapshots of another version are not read.
 * test/core/projection/snapshot/layout.txt is the list of all fields, so that none of it happens unnoticed.
 */
export const SNAPSHOT_VERSION = 3;

/** Of these a fold has one each, made with it: restoring fills them, and leaves what connects them to the outside. */
const SINGLE = {
  AcceptPath,
  AnonymousSockets,
  Arrivals,
  Clients,
  Gaps,
  ListenerLives,
  Listeners,
  QueuedSyns,
  Refusals,
  SnapshotReadings,
  SocketIdentity,
  Sockets,
  TaskCalls,
  Witnesses,
} as const;

const MANY = { AcceptQueue, EventBatch, FilesTable, Listener, OpenFile, QueueTimeline, Readings } as const;

export type StateClass = abstract new (...args: never[]) => object;

export const CLASS_BY_NAME: ReadonlyMap<string, StateClass> = new Map<string, StateClass>([
  ...Object.entries(SINGLE),
  ...Object.entries(MANY),
]);

export const NAME_BY_CLASS: ReadonlyMap<unknown, string> = new Map([...CLASS_BY_NAME].map(([name, of]) => [of, name]));

export const isSingle = (name: string): boolean => name in SINGLE;

/** Fields of single objects that connect the fold to the outside: where rows go, what it may ask. */
const OUTSIDE: ReadonlySet<string> = new Set(['out', 'options', 'actions']);
/** Fields that only save work. They begin empty. */
const CACHES: Readonly<Record<string, ReadonlySet<string>>> = { Listeners: new Set(['reached']) };

/** Whether a field of an object of this class ('' for a plain one) belongs to the saved state. */
export const isState = (name: string, field: string): boolean =>
  !(isSingle(name) && OUTSIDE.has(field)) && CACHES[name]?.has(field) !== true;
