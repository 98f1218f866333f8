// A task: its fd table, its credentials and limits, and the call it sleeps in.
import { closeFds, type Files } from './files.ts';
import type { Host } from './host.ts';
import { Timer } from './timer-wheel.ts';

/** Result of a call that sleeps: the real one comes later, through Task.onReturn. No errno is this large. */
export const BLOCKED = -0x40000000;

export interface Blocked {
  readonly call: string;
  /** Looks again after a wake-up: a result, or BLOCKED to sleep on. @param expired the time-out is over. */
  readonly retry: (expired: boolean) => number;
}

class Timeout extends Timer {
  readonly task: Task;
  constructor(task: Task) {
    super();
    this.task = task;
  }
  override expire(): void {
    this.task.expired = true;
    this.task.host.wake(this.task);
  }
}

export class Task {
  readonly host: Host;
  readonly id: number;
  files: Files;
  /** Effective user id; 0 has every capability. */
  uid = 0;
  /** RLIMIT_NOFILE. */
  nofile = 1024;
  alive = true;
  /** Inside a system call. */
  inCall = false;
  blocked: Blocked | null = null;
  expired = false;
  /** Called with the result of a call that had slept. */
  onReturn: ((result: number) => void) | null = null;
  readonly #timeout = new Timeout(this);

  constructor(host: Host, id: number, files: Files) {
    this.host = host;
    this.id = id;
    this.files = files;
  }

  /** Goes to sleep in a call. @param timeoutNs Infinity for ever. */
  sleep(blocked: Blocked, timeoutNs: number): number {
    this.blocked = blocked;
    this.expired = false;
    if (timeoutNs !== Number.POSITIVE_INFINITY) this.host.timers.add(this.#timeout, this.host.now, timeoutNs);
    return BLOCKED;
  }

  /** After a wake-up: the call ends or sleeps on. */
  resume(): void {
    const { blocked } = this;
    if (blocked === null) return;
    const result = blocked.retry(this.expired);
    if (result === BLOCKED) return;
    this.blocked = null;
    this.host.timers.remove(this.#timeout);
    this.host.trace?.sysExit(this, blocked.call, result);
    this.onReturn?.(result);
  }
}

/** exit(): the last user of a fd table closes all of it. */
export function exitTask(task: Task): void {
  task.alive = false;
  task.files.users--;
  if (task.files.users > 0) return;
  closeFds(
    task.host,
    task.files,
    task.files.numbers(() => true),
  );
}

/** exec(): descriptors marked close-on-exec go; a fd table shared with threads is unshared first. */
export function execTask(task: Task): void {
  if (task.files.users > 1) {
    task.files.users--;
    task.files = task.files.copy();
  }
  closeFds(
    task.host,
    task.files,
    task.files.numbers(({ cloexec }) => cloexec),
  );
}
