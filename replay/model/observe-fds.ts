// What getsockopt(TCP_INFO), SO_MEMINFO and getsockname() would say of every descriptor of the model's processes.
import type { Files, OpenFile } from '../../core/kernel/files.ts';
import type { Host } from '../../core/kernel/host.ts';
import { SOCK_STREAM, Sock } from '../../core/kernel/sock.ts';
import type { Socket } from '../../core/kernel/socket.ts';
import { TCP_LISTEN } from '../../core/kernel/tcp-state.ts';
import type { Observation } from '../kernel.ts';

export type Observed = Map<string, { readonly text: string; readonly observation: Observation }>;

/** fd tables by the number of the task whose process it is: threads share that of task 0. */
export function processesOf(host: Host): Map<number, Files> {
  const processes = new Map<number, Files>();
  for (const task of host.tasks) {
    const own = task.alive && task.files !== host.tasks[0].files;
    if (task.id === 0 || own) processes.set(task.id, task.files);
  }
  return processes;
}

export function observeFds(processes: ReadonlyMap<number, Files>): Observed {
  const observed: Observed = new Map();
  for (const [task, files] of processes) {
    for (let fd = 3; fd < Math.min(64, files.slots.length); fd++) {
      const file = files.raw(fd);
      if (file === null) continue;
      const observation = observe(task, fd, file);
      observed.set(`${task} ${fd}`, { text: JSON.stringify(observation), observation });
    }
  }
  return observed;
}

function observe(task: number, fd: number, file: OpenFile): Observation {
  const { socket } = file;
  if (socket === null || file.path) {
    return { task, fd, state: null, ackBacklog: 0, maxAckBacklog: 0, drops: 0, port: 0, acceptConn: 0 };
  }
  return { task, fd, ...look(socket) };
}

function look(socket: Socket): Omit<Observation, 'task' | 'fd'> {
  const { sk } = socket;
  const listening = sk.state === TCP_LISTEN;
  const acceptConn = Number(listening);
  if (!(sk instanceof Sock) || socket.type !== SOCK_STREAM) {
    return { state: 0, ackBacklog: 0, maxAckBacklog: 0, drops: 0, port: 0, acceptConn };
  }
  return {
    state: sk.state,
    ackBacklog: listening ? sk.ackBacklog : 0,
    maxAckBacklog: listening ? sk.maxAckBacklog : 0,
    drops: listening ? sk.drops : 0,
    port: sk.sport,
    acceptConn,
  };
}
