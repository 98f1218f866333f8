// Who may bind and listen beside whom: every pair of options, bound or listening, as programs with what 6.18 was seen to answer.
import { parseProgram, type Run } from '../../replay/kernel.ts';
import type { Vector } from './vectors.ts';

const EADDRINUSE = -98;
const OPTIONS = ['-', 'r', 'p', 'rp'] as const;
type Options = (typeof OPTIONS)[number];

const set = (fd: number, options: Options): string =>
  `${options.includes('r') ? `0 setsockopt ${fd} 1 2 1\n` : ''}${options.includes('p') ? `0 setsockopt ${fd} 1 15 1\n` : ''}`;

const open = (fd: number, options: Options, address: string): string =>
  `0 socket 2 2049 0\n${set(fd, options)}0 bind ${fd} ${address} -2\n`;

/** Rows: options of the socket that is there; columns: of the one that binds after it. r SO_REUSEADDR, p SO_REUSEPORT. */
const BOUND: Readonly<Record<Options, readonly boolean[]>> = {
  '-': [false, false, false, false],
  r: [false, true, false, true],
  p: [false, false, true, true],
  rp: [false, true, true, true],
};
const LISTENING: Readonly<Record<Options, readonly boolean[]>> = {
  '-': [false, false, false, false],
  r: [false, false, false, false],
  p: [false, false, true, true],
  rp: [false, false, true, true],
};

const result = (run: Run, step: number): number | string => run.outcomes[step]?.result ?? 'sleeps';

function pair(first: Options, second: Options, listening: boolean): Vector {
  const text = `${open(3, first, 'lo4,p0')}${listening ? '0 listen 3 5\n' : ''}${open(4, second, 'lo4,p0')}`;
  const program = parseProgram(text);
  const free = (listening ? LISTENING : BOUND)[first][OPTIONS.indexOf(second)];
  return {
    name: `bind ${second} beside ${first}, ${listening ? 'listening' : 'bound'}`,
    rule: 'inet_csk_bind_conflict',
    program,
    expected: { bind: free ? 0 : EADDRINUSE },
    read: (run) => ({ bind: result(run, program.steps.length - 1) }),
  };
}

/** Two sockets that could both bind: who of them may listen, the first one first. */
function bothListen(first: Options, second: Options, expected: readonly [number, number]): Vector {
  const program = parseProgram(`${open(3, first, 'lo4,p0')}${open(4, second, 'lo4,p0')}0 listen 3 5\n0 listen 4 5\n`);
  const at = program.steps.length;
  return {
    name: `listen ${second} beside ${first}`,
    rule: 'inet_csk_listen_start, inet_csk_get_port',
    program,
    expected: { first: expected[0], second: expected[1] },
    read: (run) => ({ first: result(run, at - 2), second: result(run, at - 1) }),
  };
}

/** Two addresses on one port, without options. */
function addresses(name: string, first: string, second: string, expected: number, v6only = false): Vector {
  const family = (address: string): number => (/^(any6|lo6|map)/.test(address) ? 10 : 2);
  const program = parseProgram(
    `0 socket ${family(first)} 2049 0\n${v6only ? '0 setsockopt 3 41 26 1\n' : ''}0 bind 3 ${first},p0 -2\n0 socket ${family(second)} 2049 0\n0 bind 4 ${second},p0 -2\n`,
  );
  return {
    name: `bind ${name}`,
    rule: 'inet_rcv_saddr_equal',
    program,
    expected: { bind: expected },
    read: (run) => ({ bind: result(run, program.steps.length - 1) }),
  };
}

/** The first socket takes its option back after bind(): whether the port still remembers that it had it. */
function takenBack(option: 'r' | 'p', first: string, second: string, expected: number): Vector {
  const family = (address: string): number => (address.endsWith('6') ? 10 : 2);
  const cleared = option === 'r' ? '0 setsockopt 3 1 2 0\n' : '0 setsockopt 3 1 15 0\n';
  const bound = (fd: number, address: string): string =>
    `0 socket ${family(address)} 2049 0\n${set(fd, option)}0 bind ${fd} ${address},p0 -2\n`;
  const program = parseProgram(`${bound(3, first)}${cleared}${bound(4, second)}`);
  return {
    name: `bind ${option} ${second} beside ${first} that took ${option} back`,
    rule: 'inet_csk_update_fastreuse, sk_reuseport_match',
    program,
    expected: { bind: expected },
    read: (run) => ({ bind: result(run, program.steps.length - 1) }),
  };
}

export const BIND_MATRIX: readonly Vector[] = [
  ...[false, true].flatMap((listening) =>
    OPTIONS.flatMap((first) => OPTIONS.map((second) => pair(first, second, listening))),
  ),
  bothListen('r', 'r', [0, EADDRINUSE]),
  bothListen('p', 'p', [0, 0]),
  bothListen('rp', 'rp', [0, 0]),
  bothListen('r', 'rp', [0, EADDRINUSE]),
  addresses('127.0.0.2 beside 127.0.0.1', 'lo4', 'lo4b', 0),
  addresses('127.0.0.1 beside 0.0.0.0', 'any4', 'lo4', EADDRINUSE),
  addresses('0.0.0.0 beside 127.0.0.1', 'lo4', 'any4', EADDRINUSE),
  addresses('0.0.0.0 beside ::', 'any6', 'any4', EADDRINUSE),
  addresses('127.0.0.1 beside ::', 'any6', 'lo4', EADDRINUSE),
  addresses('0.0.0.0 beside :: with IPV6_V6ONLY', 'any6', 'any4', 0, true),
  addresses('::1 beside 127.0.0.1', 'lo4', 'lo6', 0),
  takenBack('r', 'lo4', 'lo4', EADDRINUSE),
  takenBack('r', 'lo4', 'any4', EADDRINUSE),
  takenBack('p', 'lo4', 'lo4', 0),
  takenBack('p', 'any4', 'lo4', 0),
  takenBack('p', 'lo4', 'any4', EADDRINUSE),
  takenBack('p', 'lo6', 'lo6', 0),
  takenBack('p', 'lo6', 'any6', EADDRINUSE),
  takenBack('p', 'any6', 'lo4', 0),
];
