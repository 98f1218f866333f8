// Which events are in which stream: positions per stream, in windows of the log, so that what is written does not stay in memory.
import type { EventBatch } from '../event/event-batch.ts';
import { EVENT_TYPES, type StreamKind } from '../event/event-type.ts';
import { DeltaList } from './delta-list.ts';

export const STREAM_TABLE = `
CREATE TABLE streams (               -- the ordered events of one thing, in pieces by where in the log they are
  id              INTEGER PRIMARY KEY, -- number of the piece
  capture         INTEGER NOT NULL,    -- capture it belongs to
  kind            TEXT NOT NULL,       -- task, socket or capture
  key             INTEGER NOT NULL,    -- thread id, id in addresses, or 0
  first_version   INTEGER NOT NULL,    -- version within the stream of the first event of the piece
  length          INTEGER NOT NULL,    -- events in the piece
  positions       BLOB NOT NULL        -- their positions: differences, seven bits a byte, the high bit on all but a difference's last byte
) STRICT;
`;

/** Events of one stream within one window. */
export interface StreamPiece {
  readonly kind: StreamKind;
  readonly key: number;
  readonly firstVersion: number;
  readonly length: number;
  readonly positions: Uint8Array;
}

/** Positions in a window: pieces end where the position reaches a multiple, wherever the capture began. */
export const WINDOW = 1 << 18;

interface Stream {
  /** Events so far, in all windows. */
  length: number;
  /** Those of this window. */
  positions: DeltaList | null;
}

const KIND_OF: readonly StreamKind[] = EVENT_TYPES.map((type) => type.stream);

export class StreamIndex {
  private readonly streams: Readonly<Record<StreamKind, Map<number, Stream>>> = {
    task: new Map(),
    socket: new Map(),
    capture: new Map(),
  };
  private open: { kind: StreamKind; key: number; stream: Stream }[] = [];
  private closed: StreamPiece[] = [];
  private windowEnd = 0;

  /** Takes the event in, which is behind all before; returns its version within its stream. */
  note(batch: EventBatch, row: number): number {
    const position = batch.position + row;
    if (position >= this.windowEnd) this.closeWindow(position);
    const kind = KIND_OF[batch.type[row]];
    const key = kind === 'socket' ? batch.args[0][row] : kind === 'task' ? batch.tid[row] : 0;
    const stream = this.streamOf(kind, Number.isNaN(key) ? 0 : key);
    stream.positions?.push(position);
    return ++stream.length;
  }

  /** The pieces that no event is added to any more, since the last time. */
  take(): readonly StreamPiece[] {
    const pieces = this.closed;
    this.closed = [];
    return pieces;
  }

  /** The capture has ended: the rest. */
  finish(): readonly StreamPiece[] {
    this.closeWindow(this.windowEnd);
    return this.take();
  }

  private streamOf(kind: StreamKind, key: number): Stream {
    const streams = this.streams[kind];
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = { length: 0, positions: null };
      streams.set(key, stream);
    }
    if (stream.positions === null) {
      stream.positions = new DeltaList();
      this.open.push({ kind, key, stream });
    }
    return stream;
  }

  private closeWindow(position: number): void {
    for (const { kind, key, stream } of this.open) {
      const positions = stream.positions as DeltaList;
      const { length } = positions;
      this.closed.push({ kind, key, firstVersion: stream.length - length + 1, length, positions: positions.bytes() });
      stream.positions = null;
    }
    this.open = [];
    this.windowEnd = (Math.floor(position / WINDOW) + 1) * WINDOW;
  }
}
