// acceptq state on the command line: a store or a capture, times of every kind, one listener, and what is said of wrong usage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Schema from 'effect/Schema';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { State } from '../../core/state/model.ts';
import { StateSchema } from '../../core/state/schema.ts';
import { openStore } from '../../core/store/store.ts';
import { ingestCapture } from '../../ingest/ingest.ts';
import { openFileSource } from '../../ingest/source/file-source.ts';
import { readAccount } from '../support/account.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { recordingOf } from '../support/recordings.ts';
import { acceptq } from '../support/run.ts';

/** Commits in small steps, so that something is left of an ingest that is given up. */
vi.hoisted(() => {
  process.env.ACCEPTQ_STEP = '1024';
});

const directory = mkdtempSync(join(tmpdir(), 'acceptq-state-'));
const db = join(directory, 'store.db');
const CAPTURE = perfDataOf('node-clamped');
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeAll(() => {
  expect(acceptq(['ingest', CAPTURE, '--db', db]).status).toBe(0);
});

function stateOf(...args: string[]): State {
  const { status, stdout, stderr } = acceptq(['state', ...args, '--json']);
  expect([status, stderr]).toEqual([0, '']);
  return Schema.decodeUnknownSync(StateSchema)(JSON.parse(stdout)) as State;
}

describe('acceptq state', () => {
  it('takes a store, a capture or --db, and gives the same of each', () => {
    const all = [[db], [CAPTURE], ['--db', db]].map((args) => stateOf(...args, '--at', '0.5'));
    // the same content, once from a store that is thrown away afterwards
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  it('takes an instant in seconds, by the capture’s clock, in UTC and by event', () => {
    const since = stateOf(db, '--at', '250ms');
    const { clock_ns, wall, position } = since.instant;
    const clock = `@${(clock_ns as string).slice(0, -9)}.${(clock_ns as string).slice(-9)}`;
    expect(since.instant.at_ns).toBe(250_000_000);
    expect(stateOf(db, '--at', clock)).toEqual(since);
    if (wall !== null) expect(stateOf(db, '--at', wall)).toEqual(since);
    const event = stateOf(db, '--at', `#${position}`);
    expect(event.instant.position).toBe(position);
    expect(event.sockets).toEqual(since.sockets);
    const end = stateOf(db);
    expect(end.instant.at_ns).toBe(end.instant.duration_ns);
  });

  it('relates a recorder’s clock to UTC where it can', () => {
    const mono = recordingOf('perf-data-forms/mono.data');
    const since = stateOf(mono, '--at', '0.01');
    expect(since.instant.wall).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(stateOf(mono, '--at', since.instant.wall as string)).toEqual(since);
  });

  it('shows who waits, in order, as text', () => {
    const [life] = readAccount(CAPTURE.replace(/perf\.data$/, '')).lives;
    const longest = life.queued.reduce((most, one) => (one.ackBacklog > most.ackBacklog ? one : most));
    const offset = Number(longest.at - life.queued[0].at);
    const first = stateOf(db, '--at', '#1');
    expect(first.listeners).toEqual([]);
    const arrivals = JSON.parse(
      acceptq(['sql', '--db', db, '--json', 'SELECT min(enqueued_at_ns) FROM connections']).stdout,
    ).rows as number[][];
    // a probe's stamp and the event's own are a little apart
    const at = `${arrivals[0][0] + offset + 20_000}ns`;
    const { listeners } = stateOf(db, '--at', at);
    expect(listeners[0].accept_queue.length).toBe(longest.ackBacklog);
    const { stdout, status } = acceptq(['state', db, '--at', at, '--listener', listeners[0].address as string]);
    expect(status).toBe(0);
    // nothing in a perf.data shows that somaxconn clamped it: what is known is what was asked for
    expect(stdout).toContain(`accept queue ${longest.ackBacklog} of at most 512`);
    expect(longest.maxAckBacklog + 1).toBeLessThanOrEqual(512);
    const shown = [...stdout.matchAll(/^ +(\d+)\. +(\S+) +since/gm)].map(([, , client]) => client);
    expect(shown).toEqual(listeners[0].accept_queue.waiting.slice(0, 20).map(({ client }) => client));
  });

  it.each([
    [['--at', 'noon'], /no such instant: noon/],
    [['--at', '#99999999'], /has the events #1 to #/],
    [['--at', '@1.5'], /before capture 1/],
    [['--at', '1', '--listener', ':1'], /no listener :1 at that time; there (is none|are:)/],
    [['--capture', '7'], /no capture 7; there is 1/],
    [['--db', 'x'], /choose one/],
  ])('%j is wrong usage', (args, said) => {
    const { status, stdout, stderr } = acceptq(['state', db, ...args]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
  });

  it('asks which capture when there are several, unless the event says', () => {
    const two = join(directory, 'two.db');
    expect(acceptq(['ingest', CAPTURE, perfDataOf('ipv6-dual'), '--db', two]).status).toBe(0);
    const { status, stderr } = acceptq(['state', two, '--at', '1']);
    expect(status).toBe(2);
    expect(stderr).toContain('--capture');
    const first = stateOf(two, '--capture', '2', '--at', '0.01').instant;
    expect(stateOf(two, '--at', `#${first.position}`).instant.capture).toBe(2);
  });

  it('looks into a capture that is not complete, without changing the store', () => {
    const path = join(directory, 'open.db');
    const store = openStore(path, { mode: 'create', shared: true });
    const burst = perfDataOf('acceptload-burst');
    const source = openFileSource(burst);
    const stop = new Error('enough');
    expect(() =>
      ingestCapture(store.db, source, ({ events }) => {
        if (events > 9500) throw stop;
      }),
    ).toThrow(stop);
    source.close();
    const there = store.db.prepare('SELECT events FROM captures').pluck().get() as number;
    expect(there).toBeGreaterThan(8192);
    const changes = store.db.prepare('SELECT total_changes()').pluck().get();
    for (const position of [there, 9000, 4000]) {
      const state = stateOf(path, '--at', `#${position}`);
      const whole = stateOf(burst, '--at', `#${position}`);
      expect(state.confidence.notes.join()).toContain('not complete');
      // one every 4096 events
      expect(state.instant.snapshot).toBe(Math.floor(position / 4096) * 4096 || null);
      const plain = ({ instant, confidence, ...rest }: State) => ({ ...rest, at: instant.at_ns });
      // what comes later may still tell what had happened by the last event
      if (position !== there) expect(plain(state)).toEqual(plain(whole));
    }
    expect(store.db.prepare('SELECT total_changes()').pluck().get()).toBe(changes);
    expect(store.db.prepare('SELECT ending FROM captures').pluck().get()).toBe('open');
    store.close();
  });

  it('tells of what it cannot read', () => {
    const { status, stderr } = acceptq(['state', recordingOf('README.md'), '--at', '1']);
    expect(status).toBe(3);
    expect(stderr).toContain('no known format');
    expect(acceptq(['state', join(directory, 'nothing')]).status).toBe(3);
  });
});
