// npm run bench: ratios measured in one run on this machine; nothing here fails a test.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const FIXTURES = join(ROOT, 'test/fixture/perf-data');
const RUNS = 5;

/** Least wall-clock time of several runs of a command, in milliseconds. */
function time(command, args) {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const start = process.hrtime.bigint();
    const { status, error } = spawnSync(command, args, { stdio: 'ignore' });
    if (error !== undefined || status !== 0) return Number.NaN;
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
  }
  return best;
}

const show = (what, ms, against, other) =>
  console.log(
    `${what.padEnd(44)} ${ms.toFixed(0).padStart(7)} ms   ${(ms / other).toFixed(2)} × ${against} (${other.toFixed(0)} ms)`,
  );

execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT });
const bare = time(process.execPath, ['-e', '']);
show('acceptq --help', time(process.execPath, [MAIN, '--help']), 'node -e ""', bare);
const given = process.argv.slice(2);
const captures = given.length > 0 ? given : readdirSync(FIXTURES).map((name) => join(FIXTURES, name, 'perf.data'));
/** acceptq state at some instants of a store; most of a small one is the start of node. */
function timeState(capture) {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-bench-'));
  const db = join(directory, 'store.db');
  try {
    execFileSync(process.execPath, [MAIN, 'ingest', capture, '--db', db], { stdio: 'ignore' });
    const events = JSON.parse(
      execFileSync(process.execPath, [MAIN, 'sql', '--db', db, '--json', 'SELECT events FROM captures'], {
        encoding: 'utf8',
      }),
    ).rows[0][0];
    const times = [0.11, 0.37, 0.52, 0.73, 0.99].map((part) =>
      time(process.execPath, [MAIN, 'state', db, '--at', `#${Math.max(1, Math.floor(part * events))}`]),
    );
    return { events, mean: times.reduce((sum, one) => sum + one, 0) / times.length };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const capture of captures) {
  const state = timeState(capture);
  show(`acceptq state, of ${state.events} events`, state.mean, 'node -e ""', bare);
  const script = time('perf', ['script', '-f', '-i', capture]);
  show(
    `acceptq analyze ${capture.split('/').slice(-2).join('/')}`,
    time(process.execPath, [MAIN, 'analyze', capture]),
    'perf script',
    script,
  );
}
