// Plays programs on the running kernel while bpftrace reads its tracepoints (trace.bt).
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Program, Run } from '../../replay/kernel.ts';
import { BLOCKS, buildPlayer, playerInput } from './linux-kernel.ts';
import { parseRuns } from './player-output.ts';

const SCRIPT = join(process.cwd(), 'test/conformance/trace.bt');
/** Pages of each processor's buffer: nothing may be lost. */
const BUFFER_PAGES = '8192';

export interface Recording {
  readonly runs: readonly Run[];
  /** Events in order of time, as trace.bt prints them but for the time. */
  readonly lines: readonly string[];
}

export async function recordLive(programs: readonly Program[]): Promise<Recording> {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-trace-'));
  const file = join(directory, 'events');
  const sink = openSync(file, 'w');
  const env = { ...process.env, BPFTRACE_PERF_RB_PAGES: BUFFER_PAGES };
  const tracer = spawn('bpftrace', [SCRIPT], { stdio: ['ignore', sink, 'ignore'], env });
  const ended = new Promise<void>((resolve) => tracer.once('close', () => resolve()));
  closeSync(sink);
  try {
    while (!readFileSync(file, 'utf8').includes('ready')) {
      if (tracer.exitCode !== null) throw new Error('bpftrace could not load trace.bt');
      await pause(100);
    }
    const output = execFileSync(buildPlayer(), ['-b', String(BLOCKS), '-c', '0'], {
      input: playerInput(programs),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    await pause(500);
    tracer.kill('SIGINT');
    await ended;
    return { runs: parseRuns(output, programs.length), lines: inOrder(readFileSync(file, 'utf8')) };
  } finally {
    tracer.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

function inOrder(text: string): string[] {
  if (/Lost \d+ events/.test(text)) throw new Error('bpftrace lost events');
  return text
    .split('\n')
    .filter((line) => /^\d+ \w/.test(line))
    .map((line) => ({ at: Number(line.split(' ')[0]), event: line.slice(line.indexOf(' ') + 1) }))
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
}
