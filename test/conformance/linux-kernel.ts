// Linux as a Kernel: programs go to the static C player, which runs them in a network namespace of its own and prints what happened.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { availableParallelism, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kernel, PORTS_PER_PROGRAM, type Program, programText, type Run } from '../../replay/kernel.ts';
import { parseRuns } from './player-output.ts';

/** Below the project's root, where every npm script runs; the compiled form of this file lies elsewhere. */
const SOURCES = join(process.cwd(), 'test/conformance/player');
const FIRST_PORT = 10_000;
export const BLOCKS = 1_350;

export const portBaseOf = (index: number): number => FIRST_PORT + (index % BLOCKS) * PORTS_PER_PROGRAM;

/** Compiles the player, once per content of its sources: a static program, so that it runs in guests too. */
export function buildPlayer(sources: string = SOURCES): string {
  const files = readdirSync(sources).filter((name) => name.endsWith('.c') || name.endsWith('.h'));
  const hash = createHash('sha256');
  for (const name of files) hash.update(readFileSync(join(sources, name)));
  const directory = join(tmpdir(), 'acceptq-player');
  const binary = join(directory, `player-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(binary)) return binary;
  mkdirSync(directory, { recursive: true });
  const fresh = `${binary}.${process.pid}`;
  const units = files.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-static', '-pthread', '-o', fresh, ...units], { stdio: 'inherit' });
  renameSync(fresh, binary);
  return binary;
}

/** The player's input: each program with its number and its own ports. @param first number of the first one. */
export const playerInput = (programs: readonly Program[], first = 0): string =>
  programs
    .map((program, at) =>
      [
        `program ${first + at} ${portBaseOf(first + at)}`,
        ...(program.steps.length > 0 ? [programText(program)] : []),
        'end\n',
      ].join('\n'),
    )
    .join('');

export class LinuxKernel implements Kernel {
  readonly release = release();
  readonly #options: readonly string[];

  /**
   * @param cpu the processor that the player keeps to
   * @param patience seconds in which a program may do nothing; one that sleeps in the kernel for good is killed then
   */
  constructor(cpu = 0, patience = 20) {
    this.#options = ['-b', String(BLOCKS), '-c', String(cpu), '-p', String(patience)];
  }

  async play(programs: readonly Program[]): Promise<readonly Run[]> {
    const output = await pipe(buildPlayer(), this.#options, playerInput(programs));
    return parseRuns(output, programs.length);
  }
}

/** Many players at once, each with a network of its own: for programs that mostly sleep. */
export class LinuxKernels implements Kernel {
  readonly release = release();
  readonly #players: number;

  constructor(players: number) {
    this.#players = players;
  }

  async play(programs: readonly Program[]): Promise<readonly Run[]> {
    const size = Math.ceil(programs.length / this.#players);
    const starts = Array.from({ length: Math.ceil(programs.length / size) }, (_, at) => at * size);
    const parts = starts.map(async (first, at) => {
      const part = programs.slice(first, first + size);
      const cpu = String(at % availableParallelism());
      const output = await pipe(buildPlayer(), ['-b', String(BLOCKS), '-c', cpu], playerInput(part, first));
      return parseRuns(output, first + part.length).slice(first);
    });
    return (await Promise.all(parts)).flat();
  }
}

function pipe(command: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`player ended with status ${status}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
