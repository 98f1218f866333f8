// Names of tasks over time: given by task_comm, inherited over task_fork.
import { describe, expect, it } from 'vitest';
import { StringDictionary } from '../../../core/event/dictionary.ts';
import { EventBatch, UNKNOWN } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { TaskNames } from '../../../ingest/order/task-names.ts';

function tasks() {
  const strings = new StringDictionary();
  const names = new TaskNames(strings);
  const rows = new EventBatch(1);
  const next = (type: string, tid: number, args: readonly number[] = []): string | null => {
    const row = rows.push(0, eventCode(type), 0, tid, tid, 0);
    args.forEach((value, k) => {
      rows.args[k][row] = value;
    });
    const id = names.nameOf(rows, row);
    return id === UNKNOWN ? null : strings.entries[id - 1];
  };
  return {
    comm: (tid: number, name: string, made = 0) => next('task_comm', tid, [strings.intern(name), 0, made]),
    fork: (tid: number, parent: number, made = 0) => next('task_fork', tid, [parent, parent, made]),
    exit: (tid: number) => next('task_exit', tid),
    runs: (tid: number) => next('sys_enter_accept', tid, [3]),
  };
}

describe('names of tasks', () => {
  it('are not known before one was given', () => {
    const { runs, comm } = tasks();
    expect(runs(7)).toBeNull();
    expect(comm(7, 'server')).toBe('server');
    expect(runs(7)).toBe('server');
    expect(runs(8)).toBeNull();
  });

  it('are those of the moment', () => {
    const { runs, comm } = tasks();
    comm(7, 'sh');
    expect(runs(7)).toBe('sh');
    comm(7, 'nginx');
    expect(runs(7)).toBe('nginx');
  });

  it('are inherited over a fork and then the child’s own', () => {
    const { runs, comm, fork } = tasks();
    comm(7, 'sh');
    expect(fork(8, 7)).toBe('sh');
    expect(runs(8)).toBe('sh');
    comm(7, 'parent');
    expect(runs(8)).toBe('sh');
    comm(8, 'child');
    expect([runs(7), runs(8)]).toEqual(['parent', 'child']);
    fork(9, 8);
    expect(runs(9)).toBe('child');
  });

  it('are unknown for the child of an unknown parent, until it is named', () => {
    const { runs, comm, fork } = tasks();
    expect(fork(8, 7)).toBeNull();
    expect(runs(8)).toBeNull();
    comm(8, 'worker');
    expect(runs(8)).toBe('worker');
  });

  it('go to the new task when a thread id is used again', () => {
    const { runs, comm, fork, exit } = tasks();
    comm(7, 'sh');
    comm(8, 'old');
    expect(exit(8)).toBe('old');
    fork(8, 7);
    expect(runs(8)).toBe('sh');
  });

  it('do not outlive their task when the id is used again by a child of an unknown parent', () => {
    const { runs, comm, fork, exit } = tasks();
    comm(8, 'old');
    exit(8);
    expect(fork(8, 7)).toBeNull();
    expect(runs(8)).toBeNull();
  });

  it('are not overwritten by a fork that the recorder made up at start', () => {
    const { runs, comm, fork } = tasks();
    comm(7, 'nginx', 1);
    comm(8, 'nginx worker', 1);
    expect(fork(8, 7, 1)).toBe('nginx worker');
    expect(runs(8)).toBe('nginx worker');
    expect(fork(9, 7, 1)).toBe('nginx');
  });

  it('of the idle task is swapper, whatever else was said', () => {
    const { runs, comm } = tasks();
    expect(runs(0)).toBe('swapper');
    comm(0, 'something');
    expect(runs(0)).toBe('swapper');
  });

  it('of a task that is already dead is not known', () => {
    const { runs, comm } = tasks();
    comm(-1, 'ghost');
    expect(runs(-1)).toBeNull();
  });
});
