// Truth by experiment: loads played for real under one setting and under others, all in one recording; what replays of the first predict.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../core/report/model.ts';
import { readLog } from '../../core/store/log-reader.ts';
import { readListenerSource, workloadReport } from '../../core/store/workload-input.ts';
import { prepare } from '../../replay/what-if/prepared.ts';
import { type Settings, settingsOf } from '../../replay/what-if/settings.ts';
import { Replay } from '../../replay/what-if/simulate.ts';
import { extractWorkload } from '../../replay/workload/extract.ts';
import type { Workload } from '../../replay/workload/workload.ts';
import { takeAny, withStoreAsync } from './fixtures.ts';
import { ROOT } from './run.ts';

const RECORD = fileURLToPath(new URL('../fixture/record/', import.meta.url));

/** A run: a program of test/fixture/record, its options, and the settings that they are. */
export interface Run {
  readonly program: 'openload' | 'acceptload';
  readonly options: Readonly<Record<string, number>>;
}

export interface Experiment {
  readonly name: string;
  readonly captured: Run;
  readonly others: readonly { readonly run: Run; readonly change: Partial<Settings> }[];
}

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

const withOptions = (run: Run, more: Readonly<Record<string, number>>): Run => ({
  ...run,
  options: { ...run.options, ...more },
});

const open = (options: Record<string, number>): Run => ({ program: 'openload', options });

/** One load under a captured backlog and number of acceptors, and under others. */
function experiment(
  name: string,
  load: Run,
  captured: Record<string, number>,
  others: readonly (Record<string, number> & { readonly withoutStall?: number })[],
): Experiment {
  return {
    name,
    captured: withOptions(load, captured),
    others: others.map(({ withoutStall, ...options }) => ({
      run: withOptions(load, { ...captured, ...options, ...(withoutStall === 1 ? { 'stall-ms': 0 } : {}) }),
      change: {
        ...(options.backlog === undefined ? {} : { backlog: options.backlog }),
        ...(options.acceptors === undefined ? {} : { acceptors: options.acceptors }),
        ...(withoutStall === 1 ? { recorded_stalls: false } : {}),
      },
    })),
  };
}

const POISSON = open({ rate: 400, 'service-us': 2000, ms: 1500 });
const BURSTS = open({ rate: 0, burst: 60, 'every-ms': 400, 'service-us': 2000, ms: 1300 });
const BUSY = open({ rate: 500, 'service-us': 3000, ms: 1200 });
const STALLED = open({ rate: 300, 'service-us': 1000, 'stall-at-ms': 500, 'stall-ms': 300, ms: 1500 });
const FOUR = open({ rate: 1200, 'service-us': 3000, ms: 1000 });
const CLOSED: Run = {
  program: 'acceptload',
  options: { connections: 150, clients: 8, 'service-us': 3000, 'pause-us': 2000 },
};

export const EXPERIMENTS: readonly Experiment[] = [
  experiment('Poisson, short queue', POISSON, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }, { backlog: 512 }]),
  experiment('Poisson, long queue', POISSON, { backlog: 64 }, [{ backlog: 4 }, { backlog: 8 }]),
  experiment('bursts, short queue', BURSTS, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }, { backlog: 512 }]),
  experiment('bursts, long queue', BURSTS, { backlog: 512 }, [{ backlog: 4 }, { backlog: 16 }, { backlog: 32 }]),
  experiment('too few acceptors', BUSY, { backlog: 16 }, [
    { acceptors: 2 },
    { acceptors: 2, backlog: 4 },
    { acceptors: 3, backlog: 8 },
    { backlog: 128 },
  ]),
  experiment('a stall', STALLED, { backlog: 16 }, [{ withoutStall: 1 }, { backlog: 64 }, { backlog: 512 }]),
  experiment('four acceptors', FOUR, { backlog: 8, acceptors: 4 }, [
    { backlog: 4 },
    { backlog: 64 },
    { backlog: 64, acceptors: 6 },
  ]),
  experiment('closed loop', CLOSED, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }, { acceptors: 2 }]),
];

/** The first port of a series; each run has its own, by which it is found again. */
const FIRST_PORT = 9100;

const runsOf = (experiments: readonly Experiment[]): Run[] =>
  experiments.flatMap(({ captured, others }) => [captured, ...others.map(({ run }) => run)]);

/** Plays all runs under one recording. @returns the recording and each run's growth of ListenOverflows. */
export async function record(
  directory: string,
  experiments: readonly Experiment[],
): Promise<{ readonly capture: string; readonly overflows: readonly number[] }> {
  for (const program of ['openload', 'acceptload'])
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
    for (const start = Date.now(); ; ) {
      if (existsSync(capture) && readFileSync(capture, 'utf8').includes('"aq 1 ')) break;
      if (tracer.exitCode !== null || Date.now() - start > 60_000) throw new Error('bpftrace did not start');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await new Promise((resolve) => setTimeout(resolve, 2000)); // its probes attach after its first line
    runsOf(experiments).forEach((run, k) => {
      const options = Object.entries({ ...run.options, port: FIRST_PORT + k }).map(
        ([name, value]) => `--${name} ${value}`,
      );
      const inside = `ip link set lo up; ${join(directory, run.program)} ${options.join(' ')} >&2; cat /proc/net/netstat`;
      const netstat = execFileSync('unshare', ['--net', 'sh', '-c', inside], { stdio: ['ignore', 'pipe', 'ignore'] });
      overflows.push(counterIn(netstat.toString(), 'ListenOverflows'));
    });
  } finally {
    tracer.kill('SIGINT');
    await ended;
  }
  if (readFileSync(capture, 'utf8').includes('lost_events')) throw new Error('bpftrace lost events');
  return { capture, overflows };
}

function counterIn(netstat: string, name: string): number {
  const [names, values] = netstat.split('\n').filter((line) => line.startsWith('TcpExt:'));
  return Number(values.split(' ')[names.split(' ').indexOf(name)]);
}

const OVERFLOW_SHARE = 0.2;
const OVERFLOW_LEAST = 5;
const WAIT_SHARE = 0.25;
const WAIT_LEAST_NS = 2e6;

const near = (is: number, was: number, share: number, least: number): boolean =>
  Math.abs(is - was) <= Math.max(least, share * was);

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
/** From its listen() to the first instant at which a client may come. */
const AHEAD_MS = 100;

function stopping(workload: Workload, { program, options }: Run): Workload {
  if (program !== 'openload') return workload;
  const stop_ns = (AHEAD_MS + options.ms + PATIENCE_MS) * 1e6;
  return { ...workload, clients: { ...workload.clients, stop_ns, speaks_first: false } };
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
  overflowsRight: near(predicted.overflows, real.overflows, OVERFLOW_SHARE, OVERFLOW_LEAST),
  waitsRight:
    near(predicted.p50, real.p50, WAIT_SHARE, WAIT_LEAST_NS) &&
    near(predicted.p99, real.p99, WAIT_SHARE, WAIT_LEAST_NS),
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
