// A child between being made and its listener being woken: which listener it belongs to may not be known yet.
import type { Child } from './accept-queue.ts';
import type { Listener } from './listener.ts';

/** On one CPU: softirq work is not interleaved with other softirq work there. */
export interface Arriving {
  readonly sk: number;
  readonly local: number;
  remote: number;
  established: boolean;
  at: number;
  candidates: readonly Listener[];
  child: Child | null;
  enqueuedAt: Listener | null;
}
