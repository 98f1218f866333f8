// SYNs and final ACKs that a listener left unanswered, kept until the length of its queue at that instant is known.
import type { Listener } from './listener.ts';
import type { DepthSample } from './queue-timeline.ts';
import type { RowSink } from './rows.ts';

interface Refusal {
  readonly kind: 'syn' | 'ack';
  readonly listener: Listener;
  readonly sample: DepthSample;
  readonly noticed: number;
  readonly client: number | null;
  /** How it is known: a client on the host sent again, or a probe saw the kernel decide. */
  readonly evidence: 'client' | 'decision';
}

/** So many wait at least before a look at which are settled is worth it. */
const FEWEST = 4096;

export class Refusals {
  private waiting: Refusal[] = [];
  /** How many are to wait before the next look: twice as many as stayed at the last one, so that each is looked at a few times at most. */
  private most = FEWEST;

  add(refusal: Refusal): void {
    this.waiting.push(refusal);
  }

  get areMany(): boolean {
    return this.waiting.length >= this.most;
  }

  /** Hands out those of which nothing that comes after time `now` tells more. */
  emitSettled(out: RowSink, now: number): void {
    const settled: Refusal[] = [];
    const rest: Refusal[] = [];
    for (const refusal of this.waiting)
      (refusal.listener.isSettled(refusal.sample, now) ? settled : rest).push(refusal);
    this.waiting = rest;
    this.most = Math.max(FEWEST, 2 * rest.length);
    emit(settled, out);
  }

  /** Hands out the others; to be called when every listener's account has ended. */
  finish(out: RowSink): void {
    emit(this.waiting, out);
    this.waiting = [];
  }
}

function emit(refusals: Refusal[], out: RowSink): void {
  refusals.sort((a, b) => a.noticed - b.noticed || a.sample.at - b.sample.at);
  for (const { kind, listener, sample, noticed, client, evidence } of refusals) {
    out.refusal({
      listener: listener.id,
      kind,
      at_ns: sample.at,
      noticed_at_ns: noticed,
      client,
      evidence,
      depth_low: sample.low,
      depth_high: sample.high,
    });
  }
}
