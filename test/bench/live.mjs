// Bench of live replays on this machine: how punctual clients are at 1,000 to 10,000 a second, and 50,000 connections by 8 acceptors.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'acceptq-bench-'));

const workload = (count, rate, acceptors, service) => ({
  schema: 'acceptq.workload/1',
  name: `${count} clients, ${rate} a second`,
  origin: null,
  kernel: '6.18',
  settings: {
    backlog: 4095,
    somaxconn: 4096,
    tcp_syncookies: 1,
    tcp_max_syn_backlog: 4096,
    tcp_abort_on_overflow: 0,
    tcp_synack_retries: 5,
  },
  assumed: [],
  members: 1,
  duration_ns: (count / rate) * 1e9,
  clients: {
    mode: 'open',
    follows: null,
    why: 'made by hand',
    source: 'synthetic',
    bias: null,
    arrivals_ns: Array.from({ length: count }, (_, k) => (k / rate) * 1e9),
    members: [],
    slots: [],
    retry: { initial_ms: 1000, linear: 4, retries: 6, wheel: null, timeout_ns: null },
    stop_ns: null,
    handshake_ns: 0,
    speaks_first: false,
    resets: false,
  },
  acceptors: Array.from({ length: acceptors }, (_, k) => ({
    name: `acceptor ${k}`,
    member: 0,
    service_ns: [service],
    taken_ns: [],
    wake_ns: [],
    ready_ns: 0,
    stalls: [],
  })),
  recorded: null,
});

try {
  console.log(`live replays; load of the machine before: ${loadavg()[0].toFixed(2)}`);
  for (const [count, rate, acceptors, service] of [
    [2000, 1000, 2, 1e6],
    [10_000, 5000, 2, 100_000],
    [20_000, 10_000, 2, 50_000],
    [50_000, 5000, 8, 500_000],
  ]) {
    const file = join(directory, 'workload.json');
    writeFileSync(file, JSON.stringify(workload(count, rate, acceptors, service)));
    const begun = Date.now();
    const out = execFileSync(process.execPath, [MAIN, 'replay', file, '--live', '--json'], { maxBuffer: 1 << 26 });
    const [{ accepted, live }] = JSON.parse(out).scenarios;
    const { p50, p99, max } = live.arrivals_late_ns;
    const us = (ns) => `${Math.round(ns / 1000)} µs`;
    console.log(
      `  ${count} at ${rate}/s, ${acceptors} acceptors: accepted ${accepted}; late p50 ${us(p50)}, p99 ${us(p99)}, max ${us(max)}; ${((Date.now() - begun) / 1000).toFixed(1)} s in all`,
    );
  }
} finally {
  rmSync(directory, { recursive: true });
}
