// Truth by experiment: loads played for real under one setting and under others, all in one recording; what replays of the first predict.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Report } from '../../core/report/model.ts';
import { readLog } from '../../core/store/log-reader.ts';
import { readListenerSource, workloadReport } from '../../core/store/workload-input.ts';
import { prepare } from '../../replay/what-if/prepared.ts';
import { type Settings, settingsOf } from '../../replay/what-if/settings.ts';
import { Replay } from '../../replay/what-if/simulate.ts';
import { extractWorkload } from '../../replay/workload/extract.ts';
import type { Workload } from '../../replay/workload/workload.ts';
import { takeAny, withStoreAsync } from './fixtures.ts';
import { overflowsNear, waitsNear } from './prediction-judge.ts';
import { commandOf, type Experiment, RECORD, type Run } from './prediction-loads.ts';
import { ROOT } from './run.ts';

export interface Measured {
  readonly overflows: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Pair {
  readonly name: string;
  readonly predicted: Measured;
  readonly real: Measured;
  readonly overflowsRight: boolean;
  readonly waitsRight: boolean;
}

/** A busy machine takes its time. */
const ATTACHED_MS = 60_000;

/** The first port of a series; each run has its own, by which it is found again. */
const FIRST_PORT = 9100;

const runsOf = (experiments: readonly Experiment[]): Run[] =>
  experiments.flatMap(({ captured, others }) => [captured, ...others.map(({ run }) => run)]);

/** Plays all runs under one recording. @returns the recording and each run's growth of ListenOverflows. */
export async function record(
  directory: string,
  experiments: readonly Experiment[],
): Promise<{ readonly capture: string; readonly overflows: readonly number[] }> {
  for (const program of ['openload', 'acceptload', 'slow-log'])
    execFileSync('gcc', ['-O2', '-o', join(directory, program), join(RECORD, `${program}.c`), '-pthread', '-lm']);
  const program = execFileSync(process.execPath, ['dist/cli/main.js', 'probe', 'bpftrace', '--seconds', '570'], {
    cwd: ROOT,
  });
  const script = join(directory, 'acceptq.bt');
  const capture = join(directory, 'capture.json');
  writeFileSync(script, program);
  const tracer = spawn('bpftrace', ['-f', 'json', '-o', capture, script], {
    env: { ...process.env, BPFTRACE_PERF_RB_PAGES: '4096' },
    stdio: 'ignore',
  });
  const ended = once(tracer, 'exit');
  const overflows: number[] = [];
  try {
    await attached(capture, () => tracer.exitCode !== null);
    const first = beforeOthers();
    runsOf(experiments).forEach((run, k) => {
      const inside = `ip link set lo up; ${commandOf(run, directory, FIRST_PORT + k)}; cat /proc/net/netstat`;
      const netstat = execFileSync('unshare', ['--net', ...first, 'sh', '-c', inside], {
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 60_000,
      });
      overflows.push(counterIn(netstat.toString(), 'ListenOverflows'));
    });
  } finally {
    tracer.kill('SIGINT');
    await ended;
  }
  if (readFileSync(capture, 'utf8').includes('lost_events')) throw new Error('bpftrace lost events');
  return { capture, overflows };
}

/** The probes are attached when a listen() of this process is in the recording. */
async function attached(capture: string, isOver: () => boolean): Promise<void> {
  const port = FIRST_PORT - 1;
  for (const start = Date.now(); ; ) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await new Promise((resolve) => server.close(resolve));
    if (existsSync(capture) && readFileSync(capture, 'utf8').includes(`:${port}`)) return;
    if (isOver() || Date.now() - start > ATTACHED_MS) throw new Error('bpftrace did not start');
  }
}

/** What lets a run go before all other work of the machine, where that is allowed: a replay knows nothing of who else is busy. */
function beforeOthers(): string[] {
  const realTime = ['chrt', '--fifo', '10'];
  const allowed = spawnSync(realTime[0], [...realTime.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  return allowed ? realTime : [];
}

function counterIn(netstat: string, name: string): number {
  const [names, values] = netstat.split('\n').filter((line) => line.startsWith('TcpExt:'));
  return Number(values.split(' ')[names.split(' ').indexOf(name)]);
}

/** Each pair of a captured run and another: predicted from the first, measured in the second. */
export const compare = (
  { capture, overflows }: { readonly capture: string; readonly overflows: readonly number[] },
  experiments: readonly Experiment[],
): Promise<Pair[]> =>
  withStoreAsync(async (store) => {
    const id = await takeAny(store, capture);
    const report = workloadReport(store.db, 'test');
    const pairs: Pair[] = [];
    let run = 0;
    for (const { name, captured, others } of experiments) {
      const own = run++;
      const source = readListenerSource(store.db, report, listenerOf(report, own));
      const workload = stopping(extractWorkload(source, readLog(store.db, id)), captured);
      for (const { change } of others) {
        const other = run++;
        const real = { overflows: overflows[other], ...waitsOf(report, other) };
        pairs.push(judge(`${name}: ${said(workload, change)}`, predictedBy(workload, change), real));
      }
    }
    return pairs;
  });

/** openload's clients give up together, so long after the last came: a capture in which all got in does not show it. */
const PATIENCE_MS = 3000;
/** From openload's own listen() to the first instant at which a client may come. */
const AHEAD_MS = 100;

function stopping(workload: Workload, { program, server, options }: Run): Workload {
  if (program !== 'openload') return workload;
  const { clients } = workload;
  // another server listened long before; the first client comes a few milliseconds after that instant
  const from = server === undefined ? AHEAD_MS * 1e6 : clients.arrivals_ns[0];
  const stop_ns = from + (options.ms + PATIENCE_MS) * 1e6;
  return { ...workload, clients: { ...clients, stop_ns, speaks_first: server !== undefined } };
}

const listenerOf = (report: Report, run: number): number => {
  const listener = report.listeners.find(({ port }) => port === FIRST_PORT + run);
  if (listener === undefined) throw new Error(`run ${run} is not in the recording`);
  return listener.id;
};

function waitsOf(report: Report, run: number): { p50: number; p99: number } {
  const { wait_ns: wait } = report.listeners.find(
    ({ port }) => port === FIRST_PORT + run,
  ) as Report['listeners'][number];
  return { p50: wait.p50 ?? 0, p99: wait.p99 ?? 0 };
}

function predictedBy(workload: Workload, change: Partial<Settings>): Measured {
  const outcome = new Replay(prepare(workload), { ...settingsOf(workload), ...change }).run();
  return { overflows: outcome.overflows ?? 0, p50: outcome.wait_ns.p50 ?? 0, p99: outcome.wait_ns.p99 ?? 0 };
}

const said = (
  { settings, acceptors }: Workload,
  { backlog, acceptors: more, recorded_stalls: stalls }: Partial<Settings>,
): string =>
  [
    backlog === undefined ? '' : `backlog ${settings.backlog} → ${backlog}`,
    more == null ? '' : `acceptors ${acceptors.length} → ${more}`,
    stalls === false ? 'without the stall' : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

const judge = (name: string, predicted: Measured, real: Measured): Pair => ({
  name,
  predicted,
  real,
  overflowsRight: overflowsNear(predicted, real),
  waitsRight: waitsNear(predicted, real),
});

/** The pairs as a table in Markdown. */
export function pairsTable(pairs: readonly Pair[]): string {
  const ms = (ns: number): string => (ns / 1e6).toFixed(1);
  const line = ({ name, predicted, real, overflowsRight, waitsRight }: Pair): string =>
    `| ${name} | ${predicted.overflows} | ${real.overflows} | ${ms(predicted.p50)} | ${ms(real.p50)} | ${ms(predicted.p99)} | ${ms(real.p99)} | ${overflowsRight ? '' : 'overflows '}${waitsRight ? '' : 'waits'} |`;
  return [
    '| load and change | overflows predicted | real | wait p50 predicted, ms | real | wait p99 predicted, ms | real | off |',
    '|---|---|---|---|---|---|---|---|',
    ...pairs.map(line),
  ].join('\n');
}
