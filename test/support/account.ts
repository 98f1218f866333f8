// The kernel's own account beside a fixture: queue lengths, limits and accepts that bpftrace read, and the namespace's counters.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A connection that was queued: `child` is its socket, `ackBacklog` the queue's length with it in. */
export interface Queued {
  readonly at: bigint;
  readonly ackBacklog: number;
  readonly maxAckBacklog: number;
  readonly child: string;
}

export interface Accepted {
  readonly at: bigint;
  readonly child: string;
  readonly tid: number;
}

export interface ListenCall {
  readonly backlog: number;
  readonly result: number;
  readonly tid: number;
}

/** One life of a listener. */
export interface Life {
  readonly sk: string;
  readonly queued: Queued[];
  readonly accepted: Accepted[];
  /** sk_max_ack_backlog after each listen(). */
  readonly limits: number[];
  /** sk_ack_backlog when it left LISTEN; null while it lived on. */
  leftAtClose: number | null;
}

export interface Account {
  readonly lives: Life[];
  readonly listenCalls: ListenCall[];
}

const hex = (word: string): string => `0x${word}`;

/** Parses account.txt; record/kernel-account.bt says what the lines mean. */
export function readAccount(directory: string): Account {
  const lines = readFileSync(join(directory, 'account.txt'), 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([kind, at]) => /^[RAELC]$/.test(kind) && /^\d+$/.test(at ?? ''))
    .sort((a, b) => (BigInt(a[1]) < BigInt(b[1]) ? -1 : 1));
  const lives: Life[] = [];
  const open = new Map<string, Life>();
  const listenCalls: ListenCall[] = [];
  const lifeOf = (sk: string): Life => {
    let life = open.get(sk);
    if (life === undefined) {
      life = { sk, queued: [], accepted: [], limits: [], leftAtClose: null };
      open.set(sk, life);
      lives.push(life);
    }
    return life;
  };
  for (const [kind, at, ...words] of lines) {
    const sk = hex(words[0]);
    if (kind === 'R') {
      lifeOf(sk).queued.push({
        at: BigInt(at),
        ackBacklog: Number(words[2]),
        maxAckBacklog: Number(words[3]),
        child: hex(words[8]),
      });
    } else if (kind === 'A') lifeOf(sk).accepted.push({ at: BigInt(at), child: hex(words[1]), tid: Number(words[3]) });
    else if (kind === 'L') {
      const [, , backlog, limit, result, tid] = words.map(Number);
      listenCalls.push({ backlog, result, tid });
      if (result === 0) lifeOf(sk).limits.push(limit);
    } else if (kind === 'C' && open.has(sk)) {
      lifeOf(sk).leftAtClose = Number(words[2]);
      open.delete(sk);
    }
  }
  return { lives: lives.filter((life) => life.limits.length + life.queued.length > 0), listenCalls };
}

export function readCounters(directory: string): ReadonlyMap<string, number> {
  const lines = readFileSync(join(directory, 'counters.txt'), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
}
