// A listener of the capture: its sock, what listen() asked for, and its queue in the model.
import type { QueueModel } from './depth.ts';
import type { ModelWorld } from './model-world.ts';

export interface SeenListener {
  /** Interned address of its sock; NaN where the capture has none. */
  sk: number;
  readonly world: ModelWorld;
  readonly queue: QueueModel;
  /** Interned local endpoint; NaN when unknown. */
  local: number;
  /** Backlog of the last listen(), unsigned; null when that is older than the capture. */
  requested: number | null;
  /** sk_max_ack_backlog is known: read, or clamped by a known somaxconn. */
  limitKnown: boolean;
  live: boolean;
  drops: number;
  /** Children in the queue, oldest first, as the model's order has them; null when the order is not known. */
  order: number[] | null;
  /** The next one to be accepted, and how many left `order` before its first entry. */
  orderHead: number;
  orderBase: number;
  /** Queued children that may have ended before anyone accepted them. */
  endedInQueue: number;
  /** Its close() under way: by which task, and how many children it must reset. */
  stopping: { tid: number; least: number; most: number; seen: number; at: number; position: number } | null;
  readonly name: string;
}
