// inet_csk_reqsk_queue_is_full in a replay: from how many requests on the SYN queue is full.
import type { KernelProfile } from '../../core/kernel/profile.ts';

/** @param limit sk_max_ack_backlog. */
export function synQueueFullFrom({ synQueueFull }: KernelProfile, limit: number): number {
  switch (synQueueFull) {
    case '>backlog':
      return limit + 1;
    case '>=backlog':
      return limit;
    default: // a table of at least 16, twice the backlog's next power of two (reqsk_queue_alloc)
      return 2 ** Math.ceil(Math.log2(Math.max(8, limit) + 1));
  }
}
