// inet_csk_reqsk_queue_prune (before 4.4): one timer per listener that sweeps a part of the SYN queue's table every 200 ms.

import { reqskQueueDrop } from './reqsk-queue.ts';
import { agedRetries, maxSynAckRetries, reqskTimeout, retransmitSynAck, synAckRecalc } from './reqsk-timer-handler.ts';
import type { RequestSock } from './request-sock.ts';
import type { Sock, SweepTimer } from './sock.ts';
import { TCP_LISTEN } from './tcp-state.ts';
import { Timer } from './timer-wheel.ts';

const MILLISECOND = 1_000_000;
/** TCP_SYNQ_INTERVAL. */
const SWEEP_NS = 200 * MILLISECOND;

/** Nanosecond at which a request is due; the sweep that finds it may come later. */
const due = new WeakMap<RequestSock, number>();

/**
 * The sweep. The kernel walks 2 × T / (timeout / 200 ms) buckets a tick from a rotating hand, so that each request is looked at about
 * twice in one timeout; which of two looks finds it late depends on a secret hash. Here every request is looked at on every tick:
 * the earliest that the kernel could act.
 */
class Sweep extends Timer implements SweepTimer {
  readonly listener: Sock;
  constructor(listener: Sock) {
    super();
    this.listener = listener;
  }

  stop(): void {
    this.listener.net.host.timers.remove(this);
  }

  override expire(): void {
    const { listener: sk } = this;
    if (sk.state !== TCP_LISTEN) return;
    const queue = sk.acceptQueue();
    const max = maxSynAckRetries(sk);
    const retries = queue.qlen * 2 >= queue.tableSize ? agedRetries(max, queue.qlen, queue.young) : max;
    for (const req of [...queue.table]) sweepOne(sk, req, retries);
    if (queue.qlen > 0) sk.net.host.timers.add(this, sk.net.host.now, SWEEP_NS);
  }
}

/** Puts a new request into the table; the first one starts the sweep. */
export function armSweep(sk: Sock, req: RequestSock): void {
  const queue = sk.acceptQueue();
  const { host } = sk.net;
  due.set(req, host.now + reqskTimeout(host, 0));
  queue.table.add(req);
  if (queue.table.size > 1) return;
  queue.sweeper ??= new Sweep(sk);
  host.timers.add(queue.sweeper as Sweep, host.now, reqskTimeout(host, 0));
}

function sweepOne(sk: Sock, req: RequestSock, retries: number): void {
  const { host } = sk.net;
  if ((due.get(req) ?? 0) > host.now) return;
  const { expire, resend } = synAckRecalc(req, sk, retries);
  if (expire) {
    reqskQueueDrop(req);
    return;
  }
  if (resend) retransmitSynAck(sk, req);
  if (req.numTimeout === 0) sk.acceptQueue().young--;
  req.numTimeout++;
  due.set(req, host.now + reqskTimeout(host, req.numTimeout));
}
