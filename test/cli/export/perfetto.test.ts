// The Perfetto trace, decoded by protobufjs with the public field numbers: it says what the kernel's account and counters say.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { afterAll, describe, expect, it } from 'vitest';
import { Lanes } from '../../../cli/export/lanes.ts';
import { ProtobufWriter } from '../../../cli/export/protobuf.ts';
import { readAccount, readCounters } from '../../support/account.ts';
import { PERF_DATA, perfDataOf } from '../../support/fixtures.ts';
import { acceptq } from '../../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-perfetto-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const { root } = protobuf.parse(readFileSync(fileURLToPath(new URL('perfetto.proto', import.meta.url)), 'utf8'), {
  keepCase: true,
});

interface Track {
  readonly uuid: number;
  readonly name?: string;
  readonly parent_uuid?: number;
  readonly thread?: { readonly tid: number; readonly thread_name: string };
  readonly counter?: object;
}
interface Event {
  readonly at: number;
  readonly type: string;
  readonly track_uuid: number;
  readonly name?: string;
  readonly counter_value?: number;
  readonly flow_ids?: readonly string[];
  readonly terminating_flow_ids?: readonly string[];
}

interface Decoded {
  readonly tracks: readonly Track[];
  readonly events: readonly Event[];
  readonly clocks: readonly { readonly clock_id: number; readonly timestamp: number }[];
}

/** Decodes a trace; unknown fields fail, since what is encoded again has to be the same. */
function decoded(bytes: Uint8Array): Decoded {
  const message = root.lookupType('Trace').decode(bytes);
  const plain = root.lookupType('Trace').toObject(message, { longs: String, enums: String }) as {
    packet: Record<string, never>[];
  };
  const number = (value: object): never =>
    JSON.parse(
      JSON.stringify(value, (key, of) => (/^(uuid|.*_uuid|timestamp|counter_value)$/.test(key) ? Number(of) : of)),
    ) as never;
  const packets = plain.packet.map(number) as {
    timestamp?: number;
    trusted_packet_sequence_id: number;
    track_event?: Omit<Event, 'at'>;
    track_descriptor?: Track;
    clock_snapshot?: { clocks: Decoded['clocks'] };
  }[];
  expect(new Set(packets.map((packet) => packet.trusted_packet_sequence_id))).toEqual(new Set([1]));
  return {
    tracks: packets.flatMap(({ track_descriptor: track }) => (track === undefined ? [] : [track])),
    events: packets.flatMap(({ timestamp, track_event: event }) =>
      event === undefined ? [] : [{ ...event, at: timestamp as number }],
    ),
    clocks: packets.flatMap(({ clock_snapshot: snapshot }) => snapshot?.clocks ?? []),
  };
}

function exported(capture: string, ...args: string[]): Decoded {
  const out = join(directory, 'trace.pftrace');
  const { status, stderr } = acceptq(['export', capture, '--to', 'perfetto', '--out', out, ...args]);
  expect([status, stderr]).toEqual([0, '']);
  return decoded(readFileSync(out));
}

/** Slices of a track, which have to nest: here they do not even overlap. */
function slices(events: readonly Event[]): { from: number; to: number; begin: Event; inside: Event[] }[] {
  const found: { from: number; to: number; begin: Event; inside: Event[] }[] = [];
  let open: Event | null = null;
  let inside: Event[] = [];
  let last = 0;
  for (const event of events) {
    expect(event.at).toBeGreaterThanOrEqual(last);
    last = event.at;
    if (event.type === 'TYPE_SLICE_BEGIN') {
      expect(open).toBeNull();
      open = event;
      inside = [];
    } else if (event.type === 'TYPE_INSTANT') inside.push(event);
    else if (event.type === 'TYPE_SLICE_END') {
      expect(open).not.toBeNull();
      found.push({ from: (open as unknown as Event).at, to: event.at, begin: open as unknown as Event, inside });
      open = null;
    }
  }
  expect(open).toBeNull();
  return found;
}

describe('node-clamped', () => {
  const { tracks, events, clocks } = exported(perfDataOf('node-clamped'));
  const named = (name: string): number[] => tracks.filter((track) => track.name === name).map(({ uuid }) => uuid);
  const on = (track: number): Event[] => events.filter((event) => event.track_uuid === track);
  const [life] = readAccount(join(PERF_DATA, 'node-clamped')).lives;
  const waits = named('waits').flatMap((track) => slices(on(track)));
  const thread = tracks.find((track) => track.thread !== undefined);
  const calls = slices(on(thread?.uuid as number));

  it("has each wait of the kernel's account as a slice", () => {
    const found = waits.map(({ from, to }) => to - from).sort((a, b) => a - b);
    const waited = life.accepted.map(({ at }, k) => Number(at - life.queued[k].at)).sort((a, b) => a - b);
    expect(found).toHaveLength(waited.length);
    for (const [k, ns] of found.entries()) expect(Math.abs(ns - waited[k])).toBeLessThan(500_000);
  });

  it('leads a flow from each wait to the accept() that took it, at that instant', () => {
    const ends = new Map(
      calls.flatMap(({ from, to, inside }) =>
        inside.flatMap(({ at, terminating_flow_ids: ids = [] }) =>
          ids.map((id) => [id, { at, inside: at >= from && at <= to }] as const),
        ),
      ),
    );
    expect(ends.size).toBe(life.accepted.length);
    for (const { to, begin } of waits) expect(ends.get(begin.flow_ids?.[0] ?? '')).toEqual({ at: to, inside: true });
    expect(thread?.thread).toMatchObject({ thread_name: 'node' });
  });

  it('counts the queue to the length that the kernel read, and back to nothing', () => {
    const [queue] = named('accept queue');
    const lengths = on(queue).map((event) => Number(event.counter_value));
    expect(Math.max(...lengths)).toBe(Math.max(...life.queued.map(({ ackBacklog }) => ackBacklog)));
    expect(lengths.at(-1)).toBe(0);
    expect(tracks.find(({ uuid }) => uuid === queue)).toMatchObject({ counter: { unit: 2, unit_name: 'connections' } });
  });

  it('marks each overflow that the kernel counted', () => {
    const [track] = named('overflows');
    const marks = on(track).filter(({ name }) => name === 'overflow (syn)');
    expect(marks).toHaveLength(Number(readCounters(join(PERF_DATA, 'node-clamped')).get('ListenOverflows')));
  });

  it('relates its time to the time of day', () => {
    const { started_at: start } = JSON.parse(acceptq(['analyze', perfDataOf('node-clamped'), '--json']).stdout)
      .captures[0];
    expect(clocks.map(({ clock_id: id, timestamp }) => [id, Math.round(timestamp / 1e6)])).toEqual([
      [6, 0],
      [1, Date.parse(start)],
    ]);
  });
});

it('has the SYN queue where it was read, and everything on a track that is there', () => {
  const { tracks, events } = exported('test/fixture/one-load/bpftrace.json.xz');
  const uuids = new Set(tracks.map(({ uuid }) => uuid));
  expect(uuids.size).toBe(tracks.length);
  for (const { track_uuid: track } of events) expect(uuids.has(track)).toBe(true);
  for (const { parent_uuid: parent } of tracks) expect(parent === undefined || uuids.has(parent)).toBe(true);
  const read = tracks.find(({ name }) => name === 'SYN queue (read)');
  expect(events.filter((event) => event.track_uuid === read?.uuid).length).toBeGreaterThan(10);
  for (const { uuid } of tracks.filter(({ counter }) => counter === undefined))
    slices(events.filter((e) => e.track_uuid === uuid));
});

it('is of one capture, into a file', () => {
  const db = join(directory, 'two.db');
  expect(acceptq(['ingest', perfDataOf('node-clamped'), perfDataOf('python-http'), '--db', db]).status).toBe(0);
  const refused = (...args: string[]): string => {
    const { status, stderr } = acceptq(['export', '--db', db, '--to', 'perfetto', ...args]);
    expect(status).toBe(2);
    return stderr;
  };
  expect(refused()).toMatch(/--out with a file/);
  expect(refused('--out', join(directory, 'x'))).toMatch(/choose it with --capture \(1: .*node-clamped.*, 2: /);
  expect(refused('--out', join(directory, 'x'), '--capture', '9')).toMatch(/no capture 9/);
});

describe('the wire format', () => {
  it('is what another implementation reads, numbers of every size', () => {
    const writer = new ProtobufWriter();
    const values = [0, 1, 127, 128, 300, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, -(2 ** 31)];
    for (const value of values) writer.int(4, value);
    writer.fixed64(5, 2 ** 53);
    writer.string(6, 'ä\ud800€');
    const reader = protobuf.Reader.create(writer.written());
    for (const value of values) {
      expect(reader.uint32()).toBe(4 * 8);
      expect(Number(reader.int64().toString())).toBe(value);
    }
    expect(reader.uint32()).toBe(5 * 8 + 1);
    expect(reader.fixed64().toString()).toBe(String(2 ** 53));
    expect(reader.uint32()).toBe(6 * 8 + 2);
    expect(reader.string()).toBe('ä\ufffd€');
  });

  it('grows, with messages inside messages', () => {
    const writer = new ProtobufWriter();
    const long = 'x'.repeat(200_000);
    writer.message(1, () => writer.message(11, () => writer.string(23, long)));
    const trace = root.lookupType('Trace').decode(writer.written()) as unknown as {
      packet: { track_event: { name: string } }[];
    };
    expect(trace.packet[0].track_event.name).toBe(long);
  });
});

it('lanes hold no two slices at a time, and are as many as waited at once', () => {
  let state = 1;
  const random = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  let opened = 0;
  const lanes = new Lanes(() => opened++);
  const until: number[] = [];
  let at = 0;
  let most = 0;
  for (let k = 0; k < 5000; k++) {
    at += Math.floor(random() * 4);
    const to = at + Math.floor(random() * 100);
    const lane = lanes.take(at, to);
    expect(until[lane] ?? 0).toBeLessThanOrEqual(at);
    until[lane] = to;
    most = Math.max(most, until.filter((end) => end > at).length);
  }
  expect(opened).toBeLessThanOrEqual(most + 1);
});
