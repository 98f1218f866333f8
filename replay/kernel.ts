// The Kernel interface: a body that plays programs of system calls, segments and waiting, and says what came of each step.

/** One step: what a task does, or what happens to the host. Arguments as in the list of operations of ModelKernel and the player. */
export interface Step {
  readonly task: number;
  readonly op: string;
  readonly args: readonly (number | string)[];
}

/** Steps that share fds, ports and sysctls; nothing of one program is left for the next. */
export interface Program {
  readonly steps: readonly Step[];
}

/** What a listener or another socket looked like after a step. */
export interface Observation {
  readonly task: number;
  readonly fd: number;
  /** TCP state by number, 0 for a socket that is not TCP, null for a file that is no socket. */
  readonly state: number | null;
  /** sk_ack_backlog and sk_max_ack_backlog, by TCP_INFO of a listener; 0 for others. */
  readonly ackBacklog: number;
  readonly maxAckBacklog: number;
  readonly drops: number;
  readonly port: number;
  readonly acceptConn: number;
}

export interface StepOutcome {
  /** Microseconds from the first step's beginning to the end of this one's call. */
  readonly at: number;
  /** Result or negative errno; null: the call sleeps; NaN: there is no such task, or it sleeps in another call. */
  readonly result: number | null;
  /** getsockopt()'s value. */
  readonly value: number | null;
  /** Calls that had slept and ended in this step: task and result. */
  readonly returned: readonly (readonly [task: number, result: number])[];
  /** Descriptors that are new or look different, and those that are gone. */
  readonly changed: readonly Observation[];
  readonly closed: readonly (readonly [task: number, fd: number])[];
  readonly counters: Readonly<Record<string, number>>;
  /** Segments sent to peers outside the host: peer and flags. */
  readonly packets: readonly (readonly [peer: number, flags: string])[];
}

export interface Run {
  readonly outcomes: readonly StepOutcome[];
  /** Microseconds from the first step to the last, of the body's own time. */
  readonly elapsed: number;
  /** Microseconds from boot, as jiffies count it, to the first step; null where the body is not asked. */
  readonly uptime: number | null;
  /** The body could not play it to the end: a crash, a hang. */
  readonly crashed: boolean;
}

/** core/kernel, or Linux itself. */
export interface Kernel {
  readonly release: string;
  play(programs: readonly Program[]): Promise<readonly Run[]>;
}

/** A program as text, one step a line, as the player of a real kernel reads it. `pN` is the N-th port of the program's own. */
export const programText = (program: Program): string =>
  program.steps.map((step) => [step.task, step.op, ...step.args].join(' ')).join('\n');

/** Reads programText back. */
export function parseProgram(text: string): Program {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return {
    steps: lines.map((line) => {
      const [task, op, ...args] = line.trim().split(' ');
      return { task: Number(task), op, args: args.map((arg) => (/^-?\d+$/.test(arg) ? Number(arg) : arg)) };
    }),
  };
}

/** Ports that a program has to itself, from `p0` on. */
export const PORTS_PER_PROGRAM = 16;
