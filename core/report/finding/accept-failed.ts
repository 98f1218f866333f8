// accept() that fails although connections wait: mostly for want of file descriptors.
import { errnoName } from '../../kernel/errno.ts';
import type { Finding } from '../model.ts';
import { formatNs, plural } from '../units.ts';
import type { About } from './about.ts';

const RESOURCES: Readonly<Record<string, readonly [why: string, advice: string]>> = {
  EMFILE: [
    'The process has as many file descriptors open as it may (RLIMIT_NOFILE); connections stay in the queue until one is closed.',
    'Raise the limit of open files (systemd: LimitNOFILE=65536; nginx: worker_rlimit_nofile; shell: ulimit -n) and restart, and look for descriptors that are not closed (ls /proc/PID/fd | wc -l).',
  ],
  ENFILE: ['The whole system has as many files open as it may.', 'Raise fs.file-max, and find who holds them: lsof.'],
  ENOBUFS: ['The kernel had no memory for the socket.', 'Look at memory limits of the cgroup and at net.ipv4.tcp_mem.'],
  ENOMEM: ['The kernel had no memory for the socket.', 'Look at memory limits of the cgroup and at net.ipv4.tcp_mem.'],
  ECONNABORTED: [
    'The client had gone before accept() took the connection.',
    'Shorten the waits: clients give up while they are queued.',
  ],
  EPERM: ['A firewall rule or a security module forbids it.', 'Look for a denial in the audit log.'],
};

/** EINTR is a signal, EINVAL and EBADF a listener that was shut down or closed: no failures to act on. */
const isFailure = ({ error }: { error: string }): boolean => Object.hasOwn(RESOURCES, error);

export function acceptFailed({ listener, name, failures }: About): Finding | null {
  const named = failures.map((failure) => ({ ...failure, error: errnoName(failure.result) ?? '' })).filter(isFailure);
  const [most] = [...named].sort((a, b) => b.count - a.count);
  if (most === undefined) return null;
  const [why, advice] = RESOURCES[most.error];
  const harmful = most.error !== 'ECONNABORTED';
  return {
    id: 'accept-failed',
    severity: harmful ? 'critical' : 'info',
    listener: listener.id,
    title: `accept() on ${name} failed with ${most.error}, ${plural(most.count, 'time')}`,
    why: `${why} It began at ${formatNs(most.first_at_ns)}; ${plural(listener.left_in_queue + listener.aborted_at_close, 'connection')} never left the queue.`,
    evidence: {
      error: most.error,
      calls: most.count,
      at_ns: most.first_at_ns,
      tasks: most.tasks,
      left_in_queue: listener.left_in_queue,
      aborted_at_close: listener.aborted_at_close,
    },
    advice,
  };
}
