// npm run bench: ratios measured in one run on this machine; nothing here fails a test.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
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
for (const capture of captures) {
  const script = time('perf', ['script', '-f', '-i', capture]);
  show(
    `acceptq analyze ${capture.split('/').slice(-2).join('/')}`,
    time(process.execPath, [MAIN, 'analyze', capture]),
    'perf script',
    script,
  );
}
