// Names of event streams: `capture-<id>`, `socket-<capture>-<address id>`, `task-<capture>-<tid>`.
import type { StreamKind } from './event-type.ts';

export function streamName(kind: StreamKind, capture: number, key: number): string {
  return kind === 'capture' ? `capture-${capture}` : `${kind}-${capture}-${key}`;
}

/** Reads a stream name back; null when it is not one. */
export function parseStreamName(name: string): { kind: StreamKind; capture: number; key: number } | null {
  const match = /^(?:capture-(\d{1,9})|(socket|task)-(\d{1,9})-(-?\d{1,10}))$/.exec(name);
  if (match === null) return null;
  if (match[1] !== undefined) return { kind: 'capture', capture: Number(match[1]), key: 0 };
  return { kind: match[2] as StreamKind, capture: Number(match[3]), key: Number(match[4]) };
}
