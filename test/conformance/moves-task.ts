// Moves of tasks: threads and forks, calls that sleep, exec and exit, and calls of every other kind.
import { anyAddress, type Draft, type Move, STREAM } from './draft.ts';

export const newTask: Move = (draft) => {
  if (draft.tasks.length >= 4) return;
  const forked = draft.chance.next() < 0.25;
  draft.add(0, forked ? 'fork' : 'thread');
  draft.tasks.push({ id: draft.tasks.length + 1, forked, alive: true });
};

export const other: Move = (draft) =>
  draft.chance.of<() => void>([
    () => draft.add(draft.task(), 'open', draft.chance.of(['null', 'opath'])),
    () => draft.add(0, 'rlimit', draft.chance.of([6, 9, 12, 1024])),
    () => draft.add(draft.task(), 'uid', draft.chance.of([0, 65534])),
    () => draft.add(draft.task(), 'getpeer', draft.fd()),
    () => draft.add(0, 'linger', draft.fd(), 1, 0),
    () => draft.add(draft.task(), 'bind32', draft.fd(), anyAddress(draft), -2),
    () => draft.add(draft.task(), 'setsockopt32', draft.fd(), 1, draft.chance.of([2, 15]), draft.chance.below(2)),
    () => {
      draft.add(0, 'setfl', draft.fd(), 1);
      draft.add(0, 'accept32', draft.steps[draft.steps.length - 1].args[0], draft.chance.below(4));
      draft.top++;
    },
    () => draft.add(0, 'socketcall', draft.chance.of([0, 4, 21, -1]), draft.chance.of([-1, 1, 2]), draft.fd(), 3),
  ])();

/** accept() that sleeps for a moment: also task 0 may, since it ends by itself. */
export const acceptWithTimeout: Move = (draft) => {
  const fd = draft.fd();
  draft.add(0, 'timeo', fd, 20, draft.chance.of([1, 4]));
  draft.add(0, 'setfl', fd, 0);
  draft.add(0, 'accept', fd, 0);
  draft.add(0, 'timeo', fd, 20, 0);
  draft.top++;
};

/** A thread that waits until it is connected: a full UNIX listener lets it in when it has room, a TCP one after seconds. */
export const waitToConnect =
  (family: number, name: (draft: Draft) => string): Move =>
  (draft) => {
    const able = draft.tasks.filter(({ alive, forked }) => alive && !forked);
    if (able.length === 0) return newTask(draft);
    const { id } = draft.chance.of(able);
    draft.add(0, 'socket', family, STREAM, 0);
    draft.top++;
    const fd = draft.top - 1;
    if (draft.chance.next() < 0.2) draft.add(0, 'timeo', fd, 21, draft.chance.of([1, 4]));
    draft.sleepers = true;
    draft.connect(id, fd, name(draft));
  };

/** A forked task becomes another program, or a task ends. */
export const execOrExit: Move = (draft) => {
  const able = draft.tasks.filter(({ alive }) => alive);
  if (able.length === 0) return;
  const task = draft.chance.of(able);
  if (task.forked && draft.chance.next() < 0.7) draft.add(task.id, 'exec');
  else {
    draft.add(task.id, 'exit');
    task.alive = false;
  }
};
