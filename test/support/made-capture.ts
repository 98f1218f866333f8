// A capture made by hand: an open load on one listener as the kernel's rules have it, written as acceptq's own bpftrace program prints it.

export interface MadeLoad {
  readonly backlog: number;
  /** First SYN of each client, nanoseconds, ascending; none refused comes again. */
  readonly arrivals: readonly number[];
  /** How long each connection keeps the one acceptor busy, nanoseconds. */
  readonly service: readonly number[];
  /** From an arrival to the return of the accept() that slept for it, nanoseconds. */
  readonly wake: number;
}

export interface MadeCapture {
  readonly text: string;
  readonly enqueued: number;
  readonly refused: number;
  readonly waits: readonly number[];
  readonly deepest: number;
}

const START = 1_000_000_000_000;
const LISTENER = 'ffff888000000040';
const HANDSHAKE_NS = 20_000;
const LOCAL = '127.0.0.1:8080';

/** Client k has a task and a port of its own, and closes by a reset when it was served. */
export function madeCapture({ backlog, arrivals, service, wake }: MadeLoad): MadeCapture {
  const lines: { readonly at: number; readonly order: number; readonly line: string }[] = [];
  const put = (at: number, tag: string, who: string, rest: string): void => {
    lines.push({ at, order: lines.length, line: `${tag} ${START + at} ${who} ${rest}` });
  };
  const server = '0 100 100';
  put(0, 'e', server, `listen 3 ${backlog} server`);
  put(1_000, 's', server, `${LISTENER} 7 10 6 ${LOCAL} 0.0.0.0:0`);
  put(2_000, 'x', server, 'listen 0');
  put(3_000, 'f', server, `3 ${LISTENER}`);
  put(3_000, 'e', server, 'accept4 3 0 0 0 server');
  // the acceptor's next accept() begins here, in which it takes or sleeps
  let entered = 3_000;
  const waiting: number[] = [];
  const result = { enqueued: 0, refused: 0, waits: [] as number[], deepest: 0 };
  const take = (at: number, enqueued: number): void => {
    result.waits.push(at - enqueued);
    put(at, 'x', server, `accept4 ${10 + (result.waits.length % 7)}`);
    entered = at + service[(result.waits.length - 1) % service.length];
    put(entered, 'e', server, 'accept4 3 0 0 0 server');
  };
  /** All that the acceptor takes before an instant. */
  const serve = (until: number): void => {
    while (waiting.length > 0) {
      // one that finds the queue empty sleeps until an arrival wakes it; else it takes at once
      const [first] = waiting;
      const at = entered > first ? entered : first + wake;
      if (at > until) return;
      waiting.shift();
      take(at, first);
    }
  };
  arrivals.forEach((syn, client) => {
    const who = `1 ${1000 + client} ${1000 + client}`;
    const sk = `ffff8881${client.toString(16).padStart(8, '0')}`;
    const child = `ffff8882${client.toString(16).padStart(8, '0')}`;
    const remote = `127.0.0.1:${20_000 + client}`;
    serve(syn);
    put(syn, 's', who, `${sk} 7 2 6 127.0.0.1:0 ${LOCAL}`);
    if (waiting.length > backlog) {
      result.refused++;
      // the application gives up long before its kernel tries again
      put(syn + 1e6, 's', who, `${sk} 2 7 6 ${remote} ${LOCAL}`);
      return;
    }
    const enqueued = syn + HANDSHAKE_NS;
    serve(enqueued);
    put(syn + HANDSHAKE_NS / 2, 's', who, `${sk} 2 1 6 ${remote} ${LOCAL}`);
    put(enqueued - 2, 's', who, `${child} 10 3 6 ${LOCAL} ${remote}`);
    put(enqueued, 's', who, `${child} 3 1 6 ${LOCAL} ${remote}`);
    waiting.push(enqueued);
    result.enqueued++;
    result.deepest = Math.max(result.deepest, waiting.length);
    put(enqueued, 'r', who, `${LISTENER} 2 6 ${waiting.length} ${backlog} 0 0`);
  });
  serve(Number.POSITIVE_INFINITY);
  lines.sort((a, b) => a.at - b.at || a.order - b.order);
  const json = (line: string): string => JSON.stringify({ type: 'printf', data: `${line}\n` });
  return {
    ...result,
    text: [json(`aq 1 ${START} 1795836724.0 6.18.44 vm standard`), ...lines.map(({ line }) => json(line)), ''].join(
      '\n',
    ),
  };
}
