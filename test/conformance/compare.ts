// Compares what two kernels said of one program, step by step, and prints a difference as a kernel engineer would want to read it.
import { errnoName } from '../../core/kernel/errno.ts';
import type { Observation, Program, Run, StepOutcome } from '../../replay/kernel.ts';

export interface Divergence {
  readonly step: number;
  readonly what: string;
  readonly model: string;
  readonly kernel: string;
}

/** The first difference, or null. */
export function firstDivergence(program: Program, model: Run, kernel: Run): Divergence | null {
  const seen = { model: new Map<string, string>(), kernel: new Map<string, string>() };
  for (let step = 0; step < program.steps.length; step++) {
    const found = compareStep(step, model.outcomes[step], kernel.outcomes[step], seen);
    if (found !== null) return found;
  }
  return null;
}

type Seen = { readonly model: Map<string, string>; readonly kernel: Map<string, string> };

function compareStep(step: number, model: StepOutcome, kernel: StepOutcome | undefined, seen: Seen): Divergence | null {
  if (kernel === undefined) return { step, what: 'end', model: 'goes on', kernel: 'no outcome' };
  note(seen.model, model);
  note(seen.kernel, kernel);
  const parts: readonly (readonly [string, string, string])[] = [
    ['result', result(model.result), result(kernel.result)],
    ['value', String(model.value), String(kernel.value)],
    ['returned', returned(model), returned(kernel)],
    ['sockets', table(seen.model), table(seen.kernel)],
    ['counters', counters(model, kernel), counters(kernel, kernel)],
    ['packets', packets(model), packets(kernel)],
  ];
  for (const [what, a, b] of parts) if (a !== b) return { step, what, model: a, kernel: b };
  return null;
}

/** When the peer's ACK of a FIN comes is the kernel's affair (up to 40 ms), so the two halves of FIN_WAIT are one here. */
const stateOf = (state: number | null): string => (state === null ? '-' : state === 5 ? '4' : String(state));

const look = (seen: Observation): string =>
  `${stateOf(seen.state)} A=${seen.ackBacklog} B=${seen.maxAckBacklog} drops=${seen.drops} port=${seen.port} listening=${seen.acceptConn}`;

function note(map: Map<string, string>, outcome: StepOutcome): void {
  for (const [task, fd] of outcome.closed) map.delete(`t${task}/fd${fd}`);
  for (const seen of outcome.changed) map.set(`t${seen.task}/fd${seen.fd}`, look(seen));
}

const table = (map: ReadonlyMap<string, string>): string =>
  [...map]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `${key}: ${text}`)
    .join('; ');

const result = (value: number | null): string =>
  value === null ? 'sleeps' : value < 0 ? `-${errnoName(value)}` : String(value);

const returned = ({ returned: list }: StepOutcome): string =>
  list.map(([task, value]) => `task ${task}: ${result(value)}`).join(', ');

/**
 * Counters that timers of earlier programs in the same namespace may still move (a FIN that a raw peer never acknowledged): here the
 * kernel may be ahead of the model.
 */
const LATE = new Set(['TCPTimeouts', 'RetransSegs', 'TCPSynRetrans']);

function counters(of: StepOutcome, kernel: StepOutcome): string {
  return Object.keys({ ...of.counters, ...kernel.counters })
    .filter((name) => name !== 'CurrEstab')
    .sort()
    .map((name) => {
      const delta = of.counters[name] ?? 0;
      const late = LATE.has(name) && delta < (kernel.counters[name] ?? 0);
      return [name, late ? (kernel.counters[name] ?? 0) : delta] as const;
    })
    .filter(([, delta]) => delta !== 0)
    .map(([name, delta]) => `${name}+${delta}`)
    .join(' ');
}

/** Bare acknowledgements and FINs depend on delayed ACKs; SYN-ACKs and resets do not. */
const packets = ({ packets: list }: StepOutcome): string =>
  list
    .filter(([, flags]) => /[SR]/.test(flags))
    .map(([peer, flags]) => `${peer}:${flags}`)
    .join(' ');

export const explainProgram = (program: Program): string =>
  program.steps
    .map(({ task, op, args }, at) => `${String(at).padStart(3)}  task ${task}: ${op} ${args.join(' ')}`)
    .join('\n');

/** The program up to the difference, numbered, with what both said at the end. */
export function explain(program: Program, divergence: Divergence): string {
  return [
    explainProgram({ steps: program.steps.slice(0, divergence.step + 1) }),
    `     ${divergence.what} differs`,
    `       model:  ${divergence.model}`,
    `       kernel: ${divergence.kernel}`,
  ].join('\n');
}
