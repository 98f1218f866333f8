// npm run bench -- formats: a large load recorded by perf and by tracefs at once; reading it against perf script and trace-cmd report, and what
// goes out of its store again.
// Root, perf, trace-cmd, gcc. Ratios of wall-clock times of whole processes in one run; the least of several runs each.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const SCRIPT = join(ROOT, 'test/bench/record-large.sh');
const CONNECTIONS = Number(process.env.ACCEPTQ_BENCH_CONNECTIONS ?? 100_000);
const RUNS = Number(process.env.ACCEPTQ_BENCH_RUNS ?? 3);

const missing = ['perf', 'trace-cmd', 'gcc'].filter(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
);
if (process.getuid?.() !== 0 || missing.length > 0) {
  console.log(`large captures: not measured, ${missing.length > 0 ? `${missing.join(', ')} missing` : 'not root'}`);
  process.exit(0);
}

const directory = process.env.ACCEPTQ_BENCH_CAPTURES ?? mkdtempSync(join(tmpdir(), 'acceptq-bench-'));
const own = process.env.ACCEPTQ_BENCH_CAPTURES === undefined;
const captures = {
  'perf.data': ['perf', 'script', '-f', '-i'],
  'trace.dat': ['trace-cmd', 'report', '-i'],
  'trace.txt': ['trace-cmd', 'report', '-i'],
};

/** Least wall-clock time, and the most memory in MB, of a command with its output thrown away. */
function measure(command, args, before = () => undefined) {
  let best = Number.POSITIVE_INFINITY;
  let memory = 0;
  for (let run = 0; run < RUNS; run++) {
    before();
    const start = process.hrtime.bigint();
    const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      maxBuffer: 1 << 26,
    });
    if (status !== 0) throw new Error(`${command} ended with ${status}`);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
    memory = Math.max(memory, Number(stderr.toString().trim().split('\n').at(-1)) / 1024);
  }
  return { best, memory };
}

const sizeOf = (path) =>
  statSync(path).isFile()
    ? statSync(path).size
    : readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);

/** What is made of a store that is there: the page, and the exports that have every event or connection. */
function measureForms(db, events) {
  const forms = {
    page: ['report', '--db', db, '--html'],
    perfetto: ['export', '--db', db, '--to', 'perfetto', '--out'],
    parquet: ['export', '--db', db, '--to', 'parquet', '--out'],
    csv: ['export', '--db', db, '--to', 'csv', '--out'],
  };
  for (const [name, args] of Object.entries(forms)) {
    const out = join(directory, `bench-${name}`);
    const { best, memory } = measure(process.execPath, [MAIN, ...args, out]);
    console.log(
      `make   ${name.padEnd(10)} ${(sizeOf(out) / 1e6).toFixed(1).padStart(5)} MB  ${events.toLocaleString('en').padStart(11)} events  ` +
        `${best.toFixed(2)} s  ${memory.toFixed(0)} MB`,
    );
    rmSync(out, { recursive: true, force: true });
  }
}

try {
  if (!existsSync(join(directory, 'perf.data')))
    execFileSync('bash', [SCRIPT, directory, String(CONNECTIONS)], { stdio: ['ignore', 'inherit', 'inherit'] });
  const db = join(directory, 'bench.db');
  const clean = () => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(db + end, { force: true });
  };
  for (const [name, [tool, ...args]] of Object.entries(captures)) {
    const path = join(directory, name);
    // the same events as text: against the tool that reads them as trace.dat
    const other = measure(tool, [...args, name === 'trace.txt' ? join(directory, 'trace.dat') : path]);
    const ours = measure(process.execPath, [MAIN, 'ingest', path, '--db', db], clean);
    const { captures: stored } = JSON.parse(
      execFileSync(process.execPath, [MAIN, 'captures', '--db', db, '--json'], { maxBuffer: 1 << 26 }),
    );
    const { events } = stored[0];
    console.log(
      `ingest ${name.padEnd(10)} ${(statSync(path).size / 1e6).toFixed(0).padStart(5)} MB  ${events.toLocaleString('en').padStart(11)} events  ` +
        `${ours.best.toFixed(2)} s  ${(ours.best / other.best).toFixed(2)} × ${tool} ${args[0]} (${other.best.toFixed(2)} s)  ` +
        `${(events / ours.best / 1e6).toFixed(2)} M events/s  ${ours.memory.toFixed(0)} MB  ${(statSync(db).size / events).toFixed(0)} bytes an event`,
    );
    if (name === 'perf.data') measureForms(db, events);
    clean();
  }
} finally {
  if (own) rmSync(directory, { recursive: true, force: true });
}
