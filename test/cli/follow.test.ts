// acceptq events --follow: one process writes, another follows. However the two fall together, what is printed is what plain events prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openStore, type Store } from '../../core/store/store.ts';
import { claimWriting, endWriting } from '../../core/store/writer-claim.ts';
import { ingestCapture } from '../../ingest/ingest.ts';
import { openFileSource } from '../../ingest/source/file-source.ts';
import { perfDataOf, take } from '../support/fixtures.ts';
import { acceptq } from '../support/run.ts';

/** What is written is committed in small steps, so that there is something to follow. */
vi.hoisted(() => {
  process.env.ACCEPTQ_STEP = '1024';
});

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'acceptq-follow-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

class Follower {
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly waiting: { until: () => boolean; done: () => void }[] = [];

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [MAIN, 'events', '--follow', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const check = (): void => {
      for (const one of [...this.waiting]) {
        if (!one.until()) continue;
        this.waiting.splice(this.waiting.indexOf(one), 1);
        one.done();
      }
    };
    this.child.stdout?.on('data', (bytes) => {
      this.stdout += bytes;
      check();
    });
    this.child.stderr?.on('data', (bytes) => {
      this.stderr += bytes;
      check();
    });
    this.ended = new Promise((resolve) => this.child.on('close', (code) => resolve(code)));
  }

  /** Waits for what the follower says; a follower that ends without it fails the test. */
  async until(condition: (follower: Follower) => boolean): Promise<void> {
    const met = new Promise<void>((done) => {
      if (condition(this)) done();
      else this.waiting.push({ until: () => condition(this), done });
    });
    await Promise.race([
      met,
      this.ended.then(() => expect(condition(this), `${this.stdout.slice(-200)}${this.stderr}`).toBe(true)),
    ]);
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }
}

const plain = (...args: string[]): string => {
  const { status, stdout } = acceptq(['events', ...args]);
  expect(status).toBe(0);
  return stdout;
};

/** Lines without a cut one at the end. */
const lines = (text: string): number => text.split('\n').length - 1;

function shared(name: string): { path: string; store: Store } {
  const path = join(directory, name);
  return { path, store: openStore(path, { mode: 'create', shared: true }) };
}

describe('events --follow', () => {
  it.each([
    ['all', []],
    ['one type', ['--type', 'inet_sock_set_state']],
    ['a span', ['--from', '0.05', '--to', '200ms']],
    ['the capture’s stream', ['--stream', 'capture-1']],
    ['a task’s stream', ['--stream', 'TASK']],
    ['a socket’s stream', ['--stream', 'socket-1-1']],
  ])('%s: while another process ingests, in order and each once', async (name, given) => {
    const { path, store } = shared(`${name.replaceAll(/\W/g, '-')}.db`);
    store.close();
    const probe = shared('streams.db');
    if (probe.store.db.prepare('SELECT count(*) FROM captures').pluck().get() === 0)
      take(probe.store, perfDataOf('acceptload-burst'));
    const tid = probe.store.db
      .prepare("SELECT key FROM streams WHERE kind = 'task' GROUP BY key ORDER BY sum(length) DESC LIMIT 1")
      .pluck()
      .get();
    probe.store.close();
    const args = given.map((word) => (word === 'TASK' ? `task-1-${tid}` : word));
    const follower = new Follower('--db', path, ...args);
    const writer = spawn(process.execPath, [MAIN, 'ingest', perfDataOf('acceptload-burst'), '--db', path], {
      env: { ...process.env, ACCEPTQ_STEP: '1024' },
      stdio: 'ignore',
    });
    expect(await new Promise((resolve) => writer.on('close', resolve))).toBe(0);
    expect(await follower.ended).toBe(0);
    expect(follower.stderr).toBe('');
    expect(follower.stdout).toBe(plain('--db', path, ...args));
    if (name !== 'the capture’s stream') expect(lines(follower.stdout)).toBeGreaterThan(0);
  });

  it('prints what is there, then what comes, and ends when nobody writes any more', async () => {
    const { path, store } = shared('growing.db');
    expect(claimWriting(store.db, 'tests')).toBeNull();
    take(store, perfDataOf('python-http'));
    const follower = new Follower('--db', path);
    const first = store.db.prepare('SELECT sum(events) FROM captures').pluck().get() as number;
    await follower.until(({ stdout }) => lines(stdout) === first);
    take(store, perfDataOf('ipv6-dual'));
    const both = store.db.prepare('SELECT sum(events) FROM captures').pluck().get() as number;
    await follower.until(({ stdout }) => lines(stdout) === both);
    endWriting(store.db);
    expect(await follower.ended).toBe(0);
    store.close();
    expect(follower.stdout).toBe(plain('--db', path));
  });

  it('ends with the capture that was asked for, though the writer goes on', async () => {
    const { path, store } = shared('one.db');
    expect(claimWriting(store.db, 'tests')).toBeNull();
    take(store, perfDataOf('python-http'));
    const follower = new Follower('--db', path, '--capture', '1');
    expect(await follower.ended).toBe(0);
    expect(follower.stdout).toBe(plain('--db', path));
    endWriting(store.db);
    store.close();
  });

  it('waits for a store that is not there yet, and says so', async () => {
    const path = join(directory, 'later.db');
    const follower = new Follower('--db', path, '--json');
    await follower.until(({ stderr }) => stderr.includes('there is no such store yet: waiting for it'));
    expect(acceptq(['ingest', perfDataOf('reuseport'), '--db', path]).status).toBe(0);
    expect(await follower.ended).toBe(0);
    expect(follower.stdout).toBe(plain('--db', path, '--json'));
  });

  it('waits while a first load has the store for itself, and says so', async () => {
    const path = join(directory, 'exclusive.db');
    const store = openStore(path, { mode: 'create' });
    expect(claimWriting(store.db, 'tests')).toBeNull();
    const follower = new Follower('--db', path);
    await follower.until(({ stderr }) =>
      stderr.includes('which has the store for itself until its first load is done'),
    );
    take(store, perfDataOf('reuseport'));
    expect(follower.stdout).toBe('');
    endWriting(store.db);
    store.close();
    expect(await follower.ended).toBe(0);
    expect(follower.stdout).toBe(plain('--db', path));
  });

  it('ends by Ctrl-C with status 130 and a whole document', async () => {
    const { path, store } = shared('interrupted.db');
    expect(claimWriting(store.db, 'tests')).toBeNull();
    take(store, perfDataOf('python-http'));
    const follower = new Follower('--db', path, '--json', '--limit', '100000');
    await follower.until(({ stdout }) => stdout.length > 1000);
    follower.interrupt();
    expect(await follower.ended).toBe(130);
    const events = JSON.parse(follower.stdout) as { position: number }[];
    expect(events.map(({ position }) => position)).toEqual(events.map((_, k) => k + 1));
    const waiting = new Follower('--db', join(directory, 'never.db'));
    await waiting.until(({ stderr }) => stderr !== '');
    waiting.interrupt();
    expect(await waiting.ended).toBe(130);
    endWriting(store.db);
    store.close();
  });

  it('says when the writer died before the end', async () => {
    const { path, store } = shared('died.db');
    expect(claimWriting(store.db, 'tests')).toBeNull();
    const source = openFileSource(perfDataOf('acceptload-burst'));
    const stop = new Error('enough');
    expect(() =>
      ingestCapture(store.db, source, ({ events }) => {
        if (events > 5000) throw stop;
      }),
    ).toThrow(stop);
    source.close();
    const committed = store.db.prepare('SELECT events, ending FROM captures').get() as {
      events: number;
      ending: string;
    };
    expect(committed.ending).toBe('open');
    const follower = new Follower('--db', path);
    await follower.until(({ stdout }) => lines(stdout) === committed.events);
    endWriting(store.db);
    expect(await follower.ended).toBe(0);
    expect(follower.stderr).toContain('interrupted');
    store.close();
  });

  it('refuses a filter that cannot match, at once', async () => {
    const follower = new Follower('--db', join(directory, 'growing.db'), '--type', 'sys_enter_nonsense');
    expect(await follower.ended).toBe(2);
    expect(follower.stderr).toContain('no such event type');
  });
});
