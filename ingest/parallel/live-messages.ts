// What the thread that reads a stream and the thread that has the store tell each other.
import type { Bases } from '../../core/store/log-encoder.ts';
import type { Message, OpenedFile } from './messages.ts';
import type { SharedMemory } from './shared-batches.ts';

/** Places in the shared counts: messages sent to the reading thread, and bytes in those it has not taken yet. */
export const MESSAGES = 0;
export const FLIGHT = 1;
/** So many bytes may wait for the reading thread; then the pipe has to. */
export const MOST = 4 << 20;
/** It may go on when there are no more than so many. */
export const LESS = 1 << 20;

/** What the reading thread is started with. */
export interface LiveTask {
  readonly name: string;
  /** Bytes that have come already and tell what the format is. */
  readonly head: number;
  readonly bases: Bases;
  readonly memory: SharedMemory;
  readonly counts: Int32Array<SharedArrayBuffer>;
  /** Snapshots beside it. */
  readonly beside: readonly OpenedFile[];
}

export type ToLive = Uint8Array | 'end';

export type LiveMessage =
  | Message
  /** All that is to be given by now was given. */
  | { readonly kind: 'tick' }
  /** The pipe may go on. */
  | { readonly kind: 'more' };
