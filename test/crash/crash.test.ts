// An ingest that dies or fails at any write leaves a store that opens, says where it stopped, and is completed by the same command.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store, StoreError } from '../../core/store/store.ts';
import { verifyLog } from '../../core/store/verify.ts';
import { group } from '../support/needs.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = at('../../dist/cli/main.js');
const FIXTURE = at('../fixture/');
/** Runs that are killed, over all cases. */
const KILLS = Number(process.env.ACCEPTQ_KILLS ?? 120);

/** Stores that are filled, killed and completed at a time: most of it is programs that start. */
const LANES = 2;

interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

interface Case {
  readonly name: string;
  readonly capture: string;
  readonly step: number;
  readonly threads: boolean;
}

/** The same numbers in each run, so that a failure can be repeated; another seed by ACCEPTQ_SEED. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

group('an ingest that is interrupted', ['compiler', 'slow'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-crash-'));
  const library = join(directory, 'fail-at.so');
  const lanes = Array.from({ length: LANES }, (_, k) => join(directory, `lane-${k}`));
  const storeIn = (lane: string): string => join(lane, 'store.db');
  beforeAll(() => {
    for (const lane of lanes) mkdirSync(lane);
    execFileSync('gcc', ['-O1', '-shared', '-fPIC', '-o', library, at('fail-at.c'), '-ldl']);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const remove = (lane: string): void => {
    for (const name of readdirSync(lane)) if (name.startsWith('store.db')) rmSync(join(lane, name));
  };

  /** Does `work` with each item, one in each lane at a time; an error in one ends all. */
  const inLanes = async <T>(items: readonly T[], work: (item: T, lane: string) => Promise<void>): Promise<void> => {
    const waiting = [...items];
    await Promise.all(
      lanes.map(async (lane) => {
        for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item, lane);
      }),
    );
  };

  const environment = ({ step, threads }: Case, fail: Record<string, string> = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    ACCEPTQ_STEP: String(step),
    ACCEPTQ_THREAD_FROM: threads ? '0' : String(1e12),
    ...(Object.keys(fail).length === 0 ? {} : { LD_PRELOAD: library, FAIL_FILE: 'store.db', ...fail }),
  });

  const ingest = async (which: Case, lane: string, fail?: Record<string, string>): Promise<Ran> => {
    const child = spawn(process.execPath, [MAIN, 'ingest', which.capture, '--db', storeIn(lane)], {
      env: environment(which, fail),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (bytes) => {
      stderr += bytes;
    });
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { status, signal, stderr };
  };

  /** Opens the store, which must be whole or not begun; returns the events of a capture that is not complete. */
  const opened = (db: string, label: string): number => {
    let store: Store;
    try {
      store = openStore(db, { mode: 'read' });
    } catch (error) {
      expect(error, label).toBeInstanceOf(StoreError);
      expect((error as Error).message, label).toMatch(/it is empty/);
      return 0;
    }
    try {
      expect(verifyLog(store.db).damages, label).toEqual([]);
      const captures = store.db.prepare('SELECT ending, events FROM captures').all() as {
        ending: string;
        events: number;
      }[];
      expect(captures.length, label).toBeLessThanOrEqual(1);
      return captures[0]?.ending === 'open' ? captures[0].events : 0;
    } finally {
      store.close();
    }
  };

  /** How many rows each table but the one that says who writes has, and a hash of them: to compare them one by one takes longer than an ingest. */
  const content = (db: string): Record<string, string> => {
    const open = new Database(db, { readonly: true });
    try {
      const tables = open.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all();
      return Object.fromEntries(
        (tables as string[])
          .filter((table) => table !== 'writer' && !table.startsWith('sqlite_'))
          .map((table) => {
            const rows = open.prepare(`SELECT * FROM ${table} ORDER BY rowid`).raw().all();
            const hash = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
            return [table, `${rows.length} rows, ${hash}`];
          }),
      );
    } finally {
      open.close();
    }
  };

  const cases: Case[] = [];
  for (const capture of ['perf-data/nginx-ab/perf.data', 'trace-dat/v7-two-instances.dat', 'one-load/bpftrace.json.xz'])
    for (const threads of [false, true])
      cases.push({
        name: `${capture}, ${threads ? 'three threads' : 'one thread'}`,
        capture: join(FIXTURE, capture),
        step: 1024,
        threads,
      });
  cases.push({
    name: 'nginx-ab, larger steps',
    capture: join(FIXTURE, 'perf-data/nginx-ab/perf.data'),
    step: 4096,
    threads: false,
  });
  cases.push({ name: 'text in gzip', capture: join(FIXTURE, 'one-load/trace.txt.gz'), step: 1024, threads: false });
  const kills = Math.ceil(KILLS / cases.length);

  /** An uninterrupted run: what the store holds, and how many writes it took. */
  const uninterrupted = async (which: Case): Promise<{ content: Record<string, string>; writes: number }> => {
    const [lane] = lanes;
    remove(lane);
    const counted = join(directory, 'writes');
    const { status, stderr } = await ingest(which, lane, { FAIL_COUNT: counted });
    expect(status, stderr).toBe(0);
    return { content: content(storeIn(lane)), writes: Number(readFileSync(counted, 'utf8')) };
  };

  const seed = Number(process.env.ACCEPTQ_SEED ?? 1);
  it.each(cases)(
    `$name: ${kills} kills`,
    async (which) => {
      const whole = await uninterrupted(which);
      const next = random(seed + cases.indexOf(which));
      const places = Array.from({ length: kills }, () => 1 + Math.floor(next() * whole.writes));
      let kept = 0;
      await inLanes(places, async (place, lane) => {
        remove(lane);
        const db = storeIn(lane);
        const label = `killed at write ${place} of ${whole.writes}`;
        const { signal } = await ingest(which, lane, { FAIL_AT: String(place), FAIL_HOW: 'kill' });
        expect(signal, label).toBe('SIGKILL');
        // it opens, and says where it stopped
        if (existsSync(db)) kept += opened(db, label);
        // the same command completes it, and then has nothing to do
        const again = await ingest(which, lane);
        expect(again.status, `${label}: ${again.stderr}`).toBe(0);
        expect(content(db), label).toEqual(whole.content);
        expect(opened(db, label)).toBe(0);
      });
      // some of the kills came after a step, so that there was something to go on from
      if (Number.parseInt(whole.content.batches, 10) > 6) expect(kept).toBeGreaterThan(0);
    },
    600_000,
  );

  it.each(['EIO', 'ENOSPC'])(
    '%s from some write on: a message, no internal error, and the same command completes it',
    async (how) => {
      const which = cases[0];
      const whole = await uninterrupted(which);
      const next = random(seed + 99);
      const places = Array.from({ length: 12 }, () => 1 + Math.floor(next() * whole.writes));
      await inLanes(places, async (place, lane) => {
        remove(lane);
        const failed = await ingest(which, lane, { FAIL_AT: String(place), FAIL_HOW: how });
        const label = `${how} at write ${place} of ${whole.writes}: ${failed.stderr}`;
        // the last writes only tidy up: they may fail without harm
        if (failed.status !== 0) {
          expect(failed.status, label).toBe(3);
          expect(failed.stderr, label).toMatch(
            how === 'EIO' ? /reading or writing the file failed/ : /disk is full|writing the file failed/,
          );
        }
        expect(failed.stderr, label).not.toMatch(/internal error/);
        const again = await ingest(which, lane);
        expect(again.status, `${label} ${again.stderr}`).toBe(0);
        expect(content(storeIn(lane)), label).toEqual(whole.content);
      });
    },
    300_000,
  );
});

group('a full disk', ['root', 'namespaces', 'slow'], () => {
  it('says so, keeps what was committed, and goes on once there is room', () => {
    const script = `
      set -e
      disk=$(mktemp -d)
      mount -t tmpfs -o size=900k none $disk
      export ACCEPTQ_STEP=1024
      node "$MAIN" ingest "$CAPTURE" --db $disk/full.db && exit 9
      echo "status $?"
      node "$MAIN" captures --db $disk/full.db --json | grep -cE '"ending": ?"open"'
      mount -o remount,size=20m $disk
      node "$MAIN" ingest "$CAPTURE" --db $disk/full.db
      node "$MAIN" verify --db $disk/full.db`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'bash', '-c', script.replace('&& exit 9', '&& exit 9 ||')],
      {
        env: { ...process.env, MAIN, CAPTURE: join(FIXTURE, 'perf-data/nginx-ab/perf.data') },
        encoding: 'utf8',
      },
    );
    expect(stderr).toMatch(/the disk is full/);
    expect(stdout).toMatch(/status 3\n1\n/);
    expect(stdout).toMatch(/of them from an interrupted run/);
    expect(stdout).toMatch(/the log is whole/);
  }, 60_000);
});
