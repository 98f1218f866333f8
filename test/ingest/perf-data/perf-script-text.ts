// Reads what `perf script` prints, from its text alone: the other side of the comparison with our own decoding.
import { execFileSync } from 'node:child_process';

export interface PrintedEvent {
  readonly comm: string;
  readonly pid: number;
  readonly tid: number;
  readonly cpu: number;
  /** Nanoseconds of the recording's clock. */
  readonly time: bigint;
  readonly system: string;
  readonly name: string;
  /** `name=value` and `name: value` pairs, values as printed. A system call's return value is called `ret`. */
  readonly args: ReadonlyMap<string, string>;
}

const FIELDS = 'comm,pid,tid,cpu,time,event,trace';

/** The lines that perf prints for a recording, one an event, in its order of time. */
export function perfScript(path: string): string[] {
  const text = execFileSync('perf', ['script', '-f', '-i', path, '--ns', '-F', FIELDS], {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'], // it remarks on every kind of event that has no trace field
  });
  return text.split('\n').filter((line) => line !== '');
}

const LINE = /^ *(.*?) +(-?\d+)\/(-?\d+) +\[(\d+)\] +(\d+)\.(\d{9}): +(\w+):(\w+):(.*)$/;

/** Takes a line apart. Throws on one that has another shape: a line must not be lost in silence. */
export function parsePrinted(line: string): PrintedEvent {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`perf script printed a line of another shape: ${line}`);
  const [, comm, pid, tid, cpu, seconds, nanoseconds, system, name, rest] = match;
  const args = new Map<string, string>();
  if (/^sys_exit_/.test(name)) args.set('ret', rest.trim());
  else for (const [, key, value] of rest.matchAll(/(\w+)(?:: |=)(\S*?)(?=,? |,?$)/g)) args.set(key, value);
  return {
    comm,
    pid: Number(pid),
    tid: Number(tid),
    cpu: Number(cpu),
    time: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
    system,
    name,
    args,
  };
}
