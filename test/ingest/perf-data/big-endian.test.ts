// A recording of a big-endian machine: converted from a little-endian one, checked by perf, then read like the original.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { queryEvents } from '../../../core/store/event-query.ts';
import { openStore } from '../../../core/store/store.ts';
import { perfDataOf } from '../../support/fixtures.ts';
import { group } from '../../support/needs.ts';
import { toBigEndian } from './big-endian.ts';
import { bytesOf, ingestBytes } from './bytes.ts';
import { perfScript } from './perf-script-text.ts';

/** Samples with IDENTIFIER and perf's own clock, the monotonic clock and IPv6, per-task samples with ID, losses. */
const FILES = ['listen-errors', 'ipv6-dual', 'per-task', 'lost'];

/** libtraceevent takes the family of a struct sockaddr in the order of the machine it runs on, and so prints nothing. */
const withoutSockaddr = (line: string): string => line.replace(/ src=\S+ dest=\S+ /, ' src= dest= ');

group('the converted file means the same to perf', ['perf'], () => {
  it.each(FILES)('%s', (name) => {
    const directory = mkdtempSync(join(tmpdir(), 'acceptq-test-'));
    try {
      const path = join(directory, 'perf.data');
      writeFileSync(path, toBigEndian(bytesOf(name)));
      const converted = perfScript(path);
      expect(converted.length).toBeGreaterThan(400);
      expect(converted).toEqual(perfScript(perfDataOf(name)).map(withoutSockaddr));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

function read(bytes: Buffer) {
  const store = openStore(':memory:', { mode: 'create' });
  try {
    const outcome = ingestBytes(store.db, bytes);
    if (outcome.kind === 'refused') throw outcome.error;
    const capture = store.db.prepare('SELECT * FROM captures').get() as Record<string, unknown>;
    return { capture, events: [...queryEvents(store.db, {})] };
  } finally {
    store.close();
  }
}

describe('a big-endian file is read like the little-endian one', () => {
  it.each(FILES)('%s', (name) => {
    const original = bytesOf(name);
    const converted = toBigEndian(original);
    expect(converted.equals(original)).toBe(false);
    const ours = read(converted);
    const theirs = read(original);
    expect(theirs.events.length).toBeGreaterThan(400);
    expect(ours.events.findIndex((event, i) => JSON.stringify(event) !== JSON.stringify(theirs.events[i]))).toBe(-1);
    expect(ours.events.length).toBe(theirs.events.length);
    expect({ ...ours.capture, sha256: '' }).toEqual({ ...theirs.capture, sha256: '' });
    expect(ours.capture.rejected).toBe(0);
  });
});
