// A host as the path sees it: its kernel profile, the time, its tasks and timers, what the kernel decides by chance, and who traces it.
import { Files } from './files.ts';
import { Net } from './net.ts';
import type { KernelProfile } from './profile.ts';
import type { Sock } from './sock.ts';
import { Task } from './task.ts';
import { JIFFIES_WRAP_AFTER_SECONDS, TimerWheel } from './timer-wheel.ts';
import type { Trace } from './trace.ts';

/** What the kernel chooses by chance or by a secret hash: inputs of the model, read back from a real kernel where one is compared. */
export interface Choices {
  /** A port of low … high for which `free` holds, 0 for none. */
  bindPort(low: number, high: number, free: (port: number) => boolean): number;
  /** The same for connect(). */
  connectPort(low: number, high: number, free: (port: number) => boolean): number;
  /** The member of a reuseport group that gets a segment; at least two to choose from. */
  reuseportMember(members: readonly Sock[]): Sock;
}

/** bind(0) looks at ports of the parity opposite to the range's start first, connect() at the others (since 4.2); ascending here. */
export const firstChoices: Choices = {
  bindPort: (low, high, free) => search(low + 1, high, free) || search(low, high, free),
  connectPort: (low, high, free) => search(low, high, free) || search(low + 1, high, free),
  reuseportMember: (members) => members[0],
};

function search(from: number, high: number, free: (port: number) => boolean): number {
  for (let port = from; port <= high; port += 2) if (free(port)) return port;
  return 0;
}

export interface HostOptions {
  readonly profile: KernelProfile;
  /** CONFIG_HZ; 250 on Debian and Ubuntu, 1000 on Fedora. */
  readonly hz?: number;
  readonly choices?: Choices;
  readonly trace?: Trace | null;
  /** Nanoseconds since boot at time 0, an hour where nothing is said: where the timer wheel stands, and what 32 bits of jiffies are. */
  readonly uptimeNs?: number;
}

const AN_HOUR_NS = 3_600_000_000_000;
export class Host {
  readonly profile: KernelProfile;
  readonly hz: number;
  choices: Choices;
  readonly trace: Trace | null;
  readonly timers: TimerWheel;
  readonly net: Net;
  readonly tasks: Task[] = [];
  /** Nanoseconds since the host began. */
  now = 0;
  readonly #uptimeNs: number;
  readonly #woken: Task[] = [];
  #isn = 1;
  #serial = 0;

  constructor(options: HostOptions) {
    this.profile = options.profile;
    this.choices = options.choices ?? firstChoices;
    this.trace = options.trace ?? null;
    this.hz = options.hz ?? 250;
    this.#uptimeNs = options.uptimeNs ?? AN_HOUR_NS;
    this.timers = new TimerWheel({
      hz: this.hz,
      uptimeNs: this.#uptimeNs,
      levels: options.profile.timerWheel === 'levels',
      pinnedFirst: options.profile.pinnedTimersFirst,
    });
    this.net = new Net(this);
  }

  /** A new task with an empty fd table, or with the one given. */
  spawn(files: Files = new Files()): Task {
    const task = new Task(this, this.tasks.length, files);
    this.tasks.push(task);
    return task;
  }

  /** The low 32 bits of jiffies: ticks since boot, from INITIAL_JIFFIES on. */
  jiffies32(): number {
    const ticks = Math.floor(((this.#uptimeNs + this.now) / 1e9) * this.hz);
    return (((ticks - JIFFIES_WRAP_AFTER_SECONDS * this.hz) % 2 ** 32) + 2 ** 32) % 2 ** 32;
  }

  /** An initial sequence number. Only its being different from the last one matters. */
  nextIsn(): number {
    this.#isn = (this.#isn + 64021) >>> 0;
    return this.#isn;
  }

  /** A number for a new sock. */
  nextSerial(): number {
    return ++this.#serial;
  }

  /** A sleeping task may go on; it does so when the current call or interrupt is over. */
  wake(task: Task): void {
    if (task.blocked !== null && !this.#woken.includes(task)) this.#woken.push(task);
  }

  /** Lets the woken tasks go on, in the order of waking. */
  runWoken(): void {
    for (let task = this.#woken.shift(); task !== undefined; task = this.#woken.shift()) task.resume();
  }

  /** Lets time pass: timers fire in their order, and the tasks they wake go on. @param until nanosecond, not before now. */
  advance(until: number): void {
    for (let next = this.timers.next(); next <= until; next = this.timers.next()) {
      this.now = Math.max(this.now, next);
      // TIMER_SOFTIRQ comes before NET_RX_SOFTIRQ: what the timers of one tick send arrives after all of them.
      this.net.withBottomHalvesOff(() => this.timers.fireNext());
      this.runWoken();
    }
    this.now = Math.max(this.now, until);
  }
}
