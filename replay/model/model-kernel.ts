// The model as a Kernel: plays programs on core/kernel and observes what a real kernel would be asked for.

import { OpenFile } from '../../core/kernel/files.ts';
import { Host } from '../../core/kernel/host.ts';
import { COUNTERS } from '../../core/kernel/mib.ts';
import type { KernelProfile } from '../../core/kernel/profile.ts';
import { BLOCKED, type Task } from '../../core/kernel/task.ts';
import type { Trace } from '../../core/kernel/trace.ts';
import type { Kernel, Program, Run, Step, StepOutcome } from '../kernel.ts';
import { type Observed, observeFds, processesOf } from './observe-fds.ts';
import { observedChoices } from './observed-choices.ts';
import { OPERATIONS } from './operations.ts';
import { RawPeers } from './raw-peers.ts';

/** Nanoseconds that a step takes: calls are not free, but no timer of the path is that short. */
const STEP_NS = 20_000;

export interface ModelKernelOptions {
  readonly profile: KernelProfile;
  readonly portBase?: number;
  readonly trace?: Trace | null;
  readonly hz?: number;
  readonly uptimeNs?: number;
}

export class ModelKernel implements Kernel {
  readonly release: string;
  readonly #options: ModelKernelOptions;

  constructor(options: ModelKernelOptions) {
    this.#options = options;
    this.release = options.profile.release;
  }

  play(programs: readonly Program[]): Promise<readonly Run[]> {
    return Promise.resolve(programs.map((program) => this.playOne(program)));
  }

  /** @param observed what another kernel did: the model starts as long after boot, and makes the same choices where they are the kernel's. */
  playOne(program: Program, observed: Run | null = null): Run {
    const uptime = observed?.uptime ?? null;
    const player = new ProgramPlayer({ ...this.#options, ...(uptime === null ? null : { uptimeNs: uptime * 1e3 }) });
    const outcomes = program.steps.map((step, at) => player.step(step, observed?.outcomes[at] ?? null));
    return { outcomes, elapsed: player.host.now / 1e3, uptime, crashed: false };
  }
}

/** One program on a host of its own. */
export class ProgramPlayer {
  readonly host: Host;
  readonly peers: RawPeers;
  readonly portBase: number;
  /** What the other kernel did in the step under way. */
  observed: StepOutcome | null = null;
  readonly #returned: [number, number][] = [];
  #seen: Observed = new Map();
  #counters: Record<string, number>;

  constructor(options: ModelKernelOptions) {
    this.host = new Host(options);
    this.portBase = options.portBase ?? 10_000;
    this.peers = new RawPeers(this.host.net);
    const first = this.adopt(this.host.spawn());
    for (let fd = 0; fd < 3; fd++) first.files.install(first.files.reserve(1024), new OpenFile(null), false);
    this.#counters = { ...this.host.net.mib };
  }

  /** A new task: its sleeping calls are reported when they end. */
  adopt(task: Task): Task {
    task.onReturn = (result) => this.#returned.push([task.id, result]);
    return task;
  }

  step(step: Step, observed: StepOutcome | null): StepOutcome {
    const { host } = this;
    this.observed = observed;
    // A call of the other kernel is over when the time is read; sleep() passes the time itself.
    const at = step.op === 'sleep' || observed === null ? 0 : observed.at * 1e3;
    host.advance(Math.max(host.now + STEP_NS, at));
    host.choices = observedChoices(host, step, observed);
    const task = host.tasks[step.task];
    const operation = OPERATIONS[step.op];
    if (operation === undefined) throw new Error(`unknown operation ${step.op}`);
    const answer =
      task === undefined || !task.alive || task.blocked !== null ? Number.NaN : operation(this, task, step.args);
    // Segments of raw peers wake sleeping calls too.
    host.runWoken();
    const [result, value] = typeof answer === 'number' ? [answer, null] : answer;
    return this.#outcome(result === BLOCKED && step.task === 0 ? this.#wait(task) : result, value);
  }

  /** Task 0 plays the steps, so a call of its that sleeps holds up everything until its time-out. */
  #wait(task: Task): number {
    while (task.blocked !== null && Number.isFinite(this.host.timers.next()))
      this.host.advance(this.host.timers.next());
    const at = this.#returned.findIndex(([id]) => id === task.id);
    return at < 0 ? BLOCKED : this.#returned.splice(at, 1)[0][1];
  }

  #outcome(result: number, value: number | null): StepOutcome {
    const now = observeFds(processesOf(this.host));
    const changed = [...now]
      .filter(([key, seen]) => this.#seen.get(key)?.text !== seen.text)
      .map(([, seen]) => seen.observation);
    const closed = [...this.#seen].filter(([key]) => !now.has(key)).map(([, seen]) => seen.observation);
    this.#seen = now;
    return {
      at: this.host.now / 1e3,
      result: result === BLOCKED ? null : result,
      value,
      returned: this.#returned.splice(0).sort(([a], [b]) => a - b),
      changed,
      closed: closed.map(({ task, fd }) => [task, fd] as const),
      counters: this.#counterDeltas(),
      packets: this.peers.takePackets(),
    };
  }

  #counterDeltas(): Record<string, number> {
    const deltas: Record<string, number> = {};
    for (const name of COUNTERS) {
      const delta = this.host.net.mib[name] - this.#counters[name];
      if (delta !== 0) deltas[name] = delta;
    }
    this.#counters = { ...this.host.net.mib };
    return deltas;
  }
}
