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

export class Refusals {
  private readonly all: Refusal[] = [];

  add(refusal: Refusal): void {
    this.all.push(refusal);
  }

  /** Hands them out in order of notice; to be called when every listener's account has ended. */
  emit(out: RowSink): void {
    this.all.sort((a, b) => a.noticed - b.noticed || a.sample.at - b.sample.at);
    for (const { kind, listener, sample, noticed, client, evidence } of this.all) {
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
}
