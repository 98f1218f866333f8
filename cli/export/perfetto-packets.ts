// Packets of a Perfetto trace, by the field numbers of its public protos (protos/perfetto/trace: trace_packet, track_event, track_descriptor).
import { escapeText } from '../render/escape.ts';
import { ProtobufWriter } from './protobuf.ts';

const TRACE_PACKET = 1;
const PACKET = { clockSnapshot: 6, timestamp: 8, sequenceId: 10, trackEvent: 11, trackDescriptor: 60 } as const;
const CLOCK_SNAPSHOT = { clocks: 1, clockId: 1, timestamp: 2 } as const;
const TRACK = { uuid: 1, name: 2, process: 3, thread: 4, parentUuid: 5, counter: 8 } as const;
const PROCESS = { pid: 1, name: 6 } as const;
const THREAD = { pid: 1, tid: 2, name: 5 } as const;
const COUNTER = { unit: 3, unitName: 6 } as const;
const EVENT = {
  annotations: 4,
  type: 9,
  trackUuid: 11,
  category: 22,
  name: 23,
  counter: 30,
  flows: 47,
  endedFlows: 48,
} as const;
const ANNOTATION = { int: 4, string: 6, name: 10 } as const;
const UNIT_COUNT = 2;
const CLOCK_REALTIME = 1;
/** The clock of packets that name none. */
const CLOCK_BOOTTIME = 6;
const SEQUENCE = 1;
const CATEGORY = 'acceptq';

export type EventKind = 'begin' | 'end' | 'instant' | 'counter';
const KINDS: Readonly<Record<EventKind, number>> = { begin: 1, end: 2, instant: 3, counter: 4 };

export interface TrackOptions {
  readonly parent?: number;
  readonly counter?: string;
  readonly thread?: { readonly pid: number; readonly tid: number };
  readonly process?: { readonly pid: number };
}

export interface EventOptions {
  readonly name?: string;
  readonly value?: number;
  /** A flow that begins or passes here; `flowEnds`: one that ends. */
  readonly flow?: number;
  readonly flowEnds?: number;
  readonly notes?: Readonly<Record<string, string | number | null>>;
}

const FLUSH_AT = 1 << 16;

/** Writes packets; hands on what has come together. Track numbers are given out from 1. */
export class PerfettoPackets {
  private readonly out = new ProtobufWriter();
  private readonly flushed: (bytes: Uint8Array) => void;
  private tracks = 0;

  constructor(flushed: (bytes: Uint8Array) => void) {
    this.flushed = flushed;
  }

  /** Relates time 0 of the trace to the time of day, `realtime` in ns since 1970, to the 256 ns that a double of that size can tell. */
  clock(realtime: bigint): void {
    const { out } = this;
    const clock = (id: number, at: bigint): void =>
      out.message(CLOCK_SNAPSHOT.clocks, () => {
        out.int(CLOCK_SNAPSHOT.clockId, id);
        out.int(CLOCK_SNAPSHOT.timestamp, Number(at));
      });
    this.packet(() => {
      out.message(PACKET.clockSnapshot, () => {
        clock(CLOCK_BOOTTIME, 0n);
        clock(CLOCK_REALTIME, realtime);
      });
    });
  }

  track(name: string, { parent, counter, thread, process }: TrackOptions = {}): number {
    const { out } = this;
    const uuid = ++this.tracks;
    const safe = escapeText(name);
    this.packet(() => {
      out.message(PACKET.trackDescriptor, () => {
        out.int(TRACK.uuid, uuid);
        if (parent !== undefined) out.int(TRACK.parentUuid, parent);
        if (process !== undefined)
          out.message(TRACK.process, () => {
            out.int(PROCESS.pid, process.pid);
            out.string(PROCESS.name, safe);
          });
        else if (thread !== undefined)
          out.message(TRACK.thread, () => {
            out.int(THREAD.pid, thread.pid);
            out.int(THREAD.tid, thread.tid);
            out.string(THREAD.name, safe);
          });
        else out.string(TRACK.name, safe);
        if (counter !== undefined)
          out.message(TRACK.counter, () => {
            out.int(COUNTER.unit, UNIT_COUNT);
            out.string(COUNTER.unitName, counter);
          });
      });
    });
    return uuid;
  }

  /** @param at ns since the capture's start */
  event(kind: EventKind, track: number, at: number, { name, value, flow, flowEnds, notes }: EventOptions = {}): void {
    const { out } = this;
    this.packet(() => {
      out.int(PACKET.timestamp, at);
      out.message(PACKET.trackEvent, () => {
        out.int(EVENT.type, KINDS[kind]);
        out.int(EVENT.trackUuid, track);
        if (kind === 'begin' || kind === 'instant') out.string(EVENT.category, CATEGORY);
        if (name !== undefined) out.string(EVENT.name, escapeText(name));
        if (value !== undefined) out.int(EVENT.counter, value);
        if (flow !== undefined) out.fixed64(EVENT.flows, flow);
        if (flowEnds !== undefined) out.fixed64(EVENT.endedFlows, flowEnds);
        for (const [key, note] of Object.entries(notes ?? {})) if (note !== null) this.note(key, note);
      });
    });
  }

  flush(): void {
    if (this.out.length > 0) this.flushed(this.out.written());
    this.out.clear();
  }

  private note(name: string, value: string | number): void {
    const { out } = this;
    out.message(EVENT.annotations, () => {
      out.string(ANNOTATION.name, name);
      if (typeof value === 'string') out.string(ANNOTATION.string, escapeText(value));
      else out.int(ANNOTATION.int, value);
    });
  }

  private packet(fill: () => void): void {
    this.out.message(TRACE_PACKET, () => {
      fill();
      this.out.int(PACKET.sequenceId, SEQUENCE);
    });
    if (this.out.length >= FLUSH_AT) this.flush();
  }
}
