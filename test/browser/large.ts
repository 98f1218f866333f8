// A capture of a million and a half events, made up: the page over it must stay small, and its charts exact where they can be.
import type { CaptureInput, ConnectionColumns, RefusalInput } from '../../core/report/input.ts';

export const CONNECTIONS = 400_000;
export const REFUSALS = 30_000;

/** `like` gives everything but the connections, the refusals and the length of the capture. */
export function largeInput(like: CaptureInput): CaptureInput {
  const enqueued = new Float64Array(CONNECTIONS);
  const dequeued = new Float64Array(CONNECTIONS);
  const depth = new Float64Array(CONNECTIONS);
  let now = 1e6;
  let free = 0;
  let head = 0;
  for (let i = 0; i < CONNECTIONS; i++) {
    // every 50,000 connections a hundred at once
    now += i % 50_000 < 100 ? 1_000 : 60_000 + ((i * 7919) % 40_000);
    enqueued[i] = now;
    free = Math.max(free, now) + 50_000 + ((i * 104_729) % 20_000);
    dequeued[i] = free;
    while (dequeued[head] <= now && head < i) head++;
    depth[i] = i - head + 1;
  }
  const nothing = (): Float64Array => new Float64Array(CONNECTIONS).fill(Number.NaN);
  const [listener] = like.listeners;
  const tids = listener.acceptors.map(({ tid }) => tid);
  const connections: ConnectionColumns = {
    enqueued,
    dequeued,
    syn: enqueued.map((at) => at - 50_000),
    syns: new Float64Array(CONNECTIONS).fill(1),
    accepted: new Uint8Array(CONNECTIONS).fill(1),
    depth,
    tid: nothing().map((_, i) => tids[i % tids.length]),
    gone: new Uint8Array(CONNECTIONS),
  };
  const refusals = Array.from({ length: REFUSALS }, (_, k): RefusalInput => {
    const at = enqueued[k * 13];
    return { kind: 'ack', at_ns: at, noticed_at_ns: at + 1e9, evidence: 'client', depth_low: 17, depth_high: 17 };
  });
  return {
    ...like,
    capture: { ...like.capture, duration_ns: free + 1e6 },
    listeners: [
      {
        ...listener,
        closed_at_ns: null,
        enqueued: CONNECTIONS,
        accepted: CONNECTIONS,
        depth_max: depth.reduce((a, b) => Math.max(a, b), 0),
        connections,
        refusals,
      },
    ],
  };
}
