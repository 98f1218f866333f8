// Requests that wait for a final ACK in this namespace: as long as there are none, whoever is not in the queue will not get there.
import { readFileSync } from 'node:fs';

const SYN_RECV = '03';

/** Sockets of /proc/net/tcp in SYN_RECV: `sl local remote st ...`, one a line. */
export function requestsIn(text: string): number {
  let count = 0;
  for (const line of text.split('\n')) if (line.trimStart().split(' ', 4)[3] === SYN_RECV) count++;
  return count;
}

/** Of the calling thread's namespace. */
export const requestsWaiting = (): number => requestsIn(readFileSync('/proc/thread-self/net/tcp', 'utf8'));
