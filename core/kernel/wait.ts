// Wait queues of a sock (kernel/sched/wait.c): who is woken by what, and in which order.
import type { Sock } from './sock.ts';
import type { Task } from './task.ts';
import type { UnixSock } from './unix-sock.ts';

/** prepare_to_wait, prepare_to_wait_exclusive: exclusive waiters at the end, the others in front. */
export function waitOn(sk: Sock, task: Task, exclusive: boolean): void {
  finishWait(sk, task);
  if (exclusive) sk.waiters.push({ task, exclusive });
  else sk.waiters.unshift({ task, exclusive });
}

export function finishWait(sk: Sock, task: Task): void {
  const at = sk.waiters.findIndex((waiter) => waiter.task === task);
  if (at >= 0) sk.waiters.splice(at, 1);
}

/** wake_up_interruptible: everyone up to and with the first exclusive waiter. A waiter that is woken leaves the queue. */
export function wakeUp(sk: Sock | UnixSock): void {
  if (sk.waiters.length === 0) return;
  const end = sk.waiters.findIndex((waiter) => waiter.exclusive);
  const woken = sk.waiters.splice(0, end < 0 ? sk.waiters.length : end + 1);
  for (const waiter of woken) sk.net.host.wake(waiter.task);
}

/** wake_up_interruptible_all: sock_def_wakeup, on a change of state. */
export function wakeUpAll(sk: Sock): void {
  if (sk.waiters.length === 0) return;
  const woken = sk.waiters.splice(0, sk.waiters.length);
  for (const waiter of woken) sk.net.host.wake(waiter.task);
}
