// The trace events of the model against those of the running kernel: inet_sock_set_state, recorded by perf while the player plays.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { kernelProfile } from '../../core/kernel/profile.ts';
import { PORTS_PER_PROGRAM, type Program, type Run } from '../../replay/kernel.ts';
import { ModelKernel } from '../../replay/model/model-kernel.ts';
import { type StateEvent, StateRecorder } from '../../replay/model/state-recorder.ts';
import { group } from '../support/needs.ts';
import { BIND_MATRIX } from './bind-matrix.ts';
import { ERRNO_VECTORS } from './errno-vectors.ts';
import { generateProgram } from './generate.ts';
import { buildPlayer, playerInput, portBaseOf } from './linux-kernel.ts';
import { parseRuns } from './player-output.ts';
import { VECTORS } from './vectors.ts';

const STATES = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

/** Ends of connections wait for delayed acknowledgements; the path itself does not. */
const onPath = ({ oldState, newState }: StateEvent): boolean =>
  ![4, 5, 9, 11].includes(oldState) && ![4, 5, 9, 11].includes(newState);

const text = ({ oldState, newState, sport, dport }: StateEvent): string =>
  `${STATES[oldState]}→${STATES[newState]} ${sport}:${dport}`;

const ofProgram = (index: number) => {
  const base = portBaseOf(index);
  return ({ sport, dport }: StateEvent): boolean =>
    [sport, dport].some((port) => port >= base && port < base + PORTS_PER_PROGRAM);
};

function parseScript(script: string): StateEvent[] {
  const pattern = /sport=(\d+) dport=(\d+) .*oldstate=TCP_(\w+) newstate=TCP_(\w+)/;
  return script.split('\n').flatMap((line) => {
    const match = pattern.exec(line);
    if (match === null) return [];
    return [
      {
        sport: Number(match[1]),
        dport: Number(match[2]),
        oldState: STATES.indexOf(match[3]),
        newState: STATES.indexOf(match[4]),
      },
    ];
  });
}

group('the model emits the trace events of the running kernel', ['root', 'perf', 'compiler', 'tracefs', 'slow'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-trace-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const profile = kernelProfile(release());

  function record(programs: readonly Program[]): { runs: Run[]; events: StateEvent[] } {
    const input = join(directory, 'programs');
    const data = join(directory, 'perf.data');
    writeFileSync(input, playerInput(programs));
    const command = `"$1" -c 0 < "$2" > "$3"`;
    const player = ['--', 'sh', '-c', command, 'sh', buildPlayer(), input, join(directory, 'out')];
    execFileSync(
      'perf',
      ['record', '-q', '-C', '0', '-m', '4096', '-e', 'sock:inet_sock_set_state', '-o', data, ...player],
      { stdio: 'ignore' },
    );
    const script = execFileSync('perf', ['script', '-i', data, '-F', 'time,event,trace'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const output = execFileSync('cat', [join(directory, 'out')], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    return { runs: parseRuns(output, programs.length), events: parseScript(script) };
  }

  /** Plays and records programs; each one's transitions on the path must be the model's. @returns how many were compared. */
  function compare(programs: readonly (readonly [name: string, program: Program])[]): number {
    const { runs, events } = record(programs.map(([, program]) => program));
    let compared = 0;
    for (const [at, [name, program]] of programs.entries()) {
      const trace = new StateRecorder();
      if (profile === null) throw new Error(`no profile for ${release()}`);
      new ModelKernel({ profile, portBase: portBaseOf(at), trace }).playOne(program, runs[at]);
      const mine = trace.events.filter(onPath).filter(ofProgram(at)).map(text);
      // What comes after the last step is the player's clean-up.
      const theirs = events.filter(onPath).filter(ofProgram(at)).map(text).slice(0, mine.length);
      expect(mine, name).toEqual(theirs);
      compared += mine.length;
    }
    return compared;
  }

  it('inet_sock_set_state, in order, for every vector', () => {
    const vectors = [...VECTORS, ...BIND_MATRIX, ...ERRNO_VECTORS];
    expect(compare(vectors.map(({ name, program }) => [name, program]))).toBeGreaterThan(200);
  }, 120_000);

  const seed = Number(process.env.ACCEPTQ_SEED ?? Date.now() % 2 ** 31);
  it(`and for 1,000 random programs from seed ${seed}`, () => {
    const programs = Array.from(
      { length: 1_000 },
      (_, at) => [`seed ${seed + at}`, generateProgram(seed + at)] as const,
    );
    expect(compare(programs)).toBeGreaterThan(1_000);
  }, 240_000);
});
