// Clients on the recorded host: when each sent its SYNs, which of them went unanswered, and when it got through.
import type { Listener } from './listener.ts';
import { pairKey } from './pair-key.ts';
import type { DepthSample } from './queue-timeline.ts';
import type { Refusals } from './refusals.ts';

/** A SYN, and how long the queue of each listener was that it may have reached. */
interface Syn {
  readonly at: number;
  readonly samples: readonly { readonly listener: Listener; readonly sample: DepthSample }[];
}

interface Unanswered extends Syn {
  readonly noticed: number;
  /** It was sent again. */
  readonly again: boolean;
}

export interface Client {
  readonly syn_at: number;
  syns: number;
  readonly remote: number;
  local: number | null;
  /** Not answered yet. */
  connecting: boolean;
  /** The last SYN. */
  last: Syn;
  unanswered: Unanswered[];
}

/** On one host a SYN is answered at once; one that was not after this time was refused. */
const ANSWER_NS = 50_000_000;
/** More listeners than this on one address are not told apart. */
const MAX_CANDIDATES = 64;

const sampled = (at: number, reached: readonly Listener[]): Syn => ({
  at,
  samples: reached.slice(0, MAX_CANDIDATES).map((listener) => ({ listener, sample: listener.sample(at) })),
});

export class Clients {
  private readonly bySk = new Map<number, Client>();
  private readonly established = new Map<number, Client>();
  private readonly refusals: Refusals;

  constructor(refusals: Refusals) {
    this.refusals = refusals;
  }

  /** tcp_v4_connect: CLOSE → SYN_SENT, then the first SYN leaves. */
  synSent(sk: number, at: number, remote: number, reached: readonly Listener[]): void {
    this.bySk.set(sk, {
      syn_at: at,
      syns: 1,
      remote,
      local: null,
      connecting: true,
      last: sampled(at, reached),
      unanswered: [],
    });
  }

  get(sk: number): Client | undefined {
    return this.bySk.get(sk);
  }

  /** A SYN was sent again, so the one before got no answer. */
  synRetransmitted(client: Client, at: number, local: number, reached: readonly Listener[]): void {
    client.local = local;
    client.unanswered.push({ ...client.last, noticed: at, again: true });
    client.syns++;
    client.last = sampled(at, reached);
  }

  /** SYN_SENT → ESTABLISHED. On one host this comes before the server's child is made. */
  connected(sk: number, at: number, local: number, remote: number): void {
    const client = this.bySk.get(sk);
    if (client === undefined) return;
    // the answer is to a SYN that was sent again unseen
    if (at - client.last.at >= ANSWER_NS) client.unanswered.push({ ...client.last, noticed: at, again: false });
    client.local = local;
    client.connecting = false;
    this.established.set(pairKey(local, remote), client);
  }

  /** The client behind a child with these endpoints, once; what it was refused before was refused by this listener. */
  claim(childLocal: number, childRemote: number, listener: Listener): Client | undefined {
    const key = pairKey(childRemote, childLocal);
    const client = this.established.get(key);
    if (client === undefined) return undefined;
    this.established.delete(key);
    this.settle(client, listener);
    return client;
  }

  /** The socket is gone or became another. */
  forget(sk: number, at: number): void {
    const client = this.bySk.get(sk);
    if (client === undefined) return;
    this.bySk.delete(sk);
    if (client.connecting && at - client.last.at >= ANSWER_NS)
      client.unanswered.push({ ...client.last, noticed: at, again: false });
    this.settle(client, null);
    if (client.local === null) return;
    const key = pairKey(client.local, client.remote);
    if (this.established.get(key) === client) this.established.delete(key);
  }

  /** Ends the account at the capture's end, before the listeners' accounts end. */
  finish(at: number): void {
    for (const sk of [...this.bySk.keys()]) this.forget(sk, at);
  }

  /** Without a listener that answered, only a SYN that one listener alone could have refused is counted. */
  private settle(client: Client, listener: Listener | null): void {
    for (const { noticed, again, samples } of client.unanswered) {
      const found =
        listener === null
          ? samples.length === 1
            ? samples[0]
            : undefined
          : samples.find((entry) => entry.listener === listener);
      if (found === undefined) continue;
      if (again) found.listener.synRetransmits++;
      this.refusals.add({
        kind: 'syn',
        listener: found.listener,
        sample: found.sample,
        noticed,
        client: client.local,
        evidence: 'client',
      });
    }
    client.unanswered = [];
  }

  has(sk: number): boolean {
    return this.bySk.has(sk);
  }
}
