// What recording costs: connections a second of one load, without and with each tier of what acceptq probe prints, in one run. Root.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const CONNECTIONS = Number(process.env.ACCEPTQ_BENCH_CONNECTIONS ?? 30_000);
const ROUNDS = Number(process.env.ACCEPTQ_BENCH_RUNS ?? 3);
const TIERS = ['light', 'standard', 'full'];

const missing = ['perf', 'bpftrace', 'gcc'].filter(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
);
if (process.getuid?.() !== 0 || missing.length > 0) {
  console.log(`probes: not measured, ${missing.length > 0 ? `${missing.join(', ')} missing` : 'not root'}`);
  process.exit(0);
}

const directory = mkdtempSync(join(tmpdir(), 'acceptq-probes-'));
const load = join(directory, 'acceptload');

/** Connections a second of one run of the load, in a network namespace of its own. */
function rate() {
  const start = process.hrtime.bigint();
  execFileSync(
    'unshare',
    ['--net', 'sh', '-c', `ip link set lo up; ${load} --connections ${CONNECTIONS} --backlog 128`],
    {
      stdio: 'ignore',
    },
  );
  return CONNECTIONS / (Number(process.hrtime.bigint() - start) / 1e9);
}

/** The recorder of a tool and tier under way; null when this kernel refuses it. */
async function record(tool, tier) {
  const text = execFileSync(process.execPath, [MAIN, 'probe', tool, '--tier', tier, '--seconds', '600']).toString();
  const script = join(directory, tool === 'bpftrace' ? 'probe.bt' : 'probe.sh');
  writeFileSync(script, text);
  const log = join(directory, 'log');
  const fd = openSync(log, 'w');
  const [command, args] = tool === 'bpftrace' ? ['bpftrace', ['-f', 'json', script]] : ['sh', [script]];
  const recorder = spawn(command, args, { cwd: directory, stdio: ['ignore', fd, fd], detached: true });
  closeSync(fd);
  let over = false;
  recorder.on('exit', () => {
    over = true;
  });
  for (let waited = 0; waited < 30_000 && !over; waited += 100) {
    await pause(100);
    if (tool !== 'bpftrace' ? waited > 2000 : readFileSync(log, 'utf8').includes('"aq 1 ')) break;
  }
  if (over) return null;
  await pause(500);
  return async () => {
    process.kill(-recorder.pid, 'SIGINT');
    while (!over) await pause(50);
  };
}

try {
  execFileSync('gcc', ['-O2', '-o', load, join(ROOT, 'test/fixture/record/acceptload.c'), '-pthread']);
  rate();
  const rows = new Map();
  const note = (name, value) => rows.set(name, [...(rows.get(name) ?? []), value]);
  for (let round = 0; round < ROUNDS; round++) {
    note('nothing', rate());
    for (const tool of ['bpftrace', 'perf', 'ftrace']) {
      for (const tier of TIERS) {
        const stop = await record(tool, tier);
        if (stop === null) {
          note(`${tool} ${tier}`, Number.NaN);
          continue;
        }
        note(`${tool} ${tier}`, rate());
        await stop();
      }
    }
  }
  const best = (values) => Math.max(...values);
  const bare = best(rows.get('nothing'));
  for (const [name, values] of rows) {
    const value = best(values);
    console.log(
      `recording with ${name.padEnd(18)} ${Number.isNaN(value) ? 'refused by this kernel' : `${value.toFixed(0).padStart(7)} connections/s  ${(value / bare).toFixed(2)} × without`}`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
