// listen() calls that failed, grouped by error and address.
import { errnoName } from '../../kernel/errno.ts';
import type { Finding, ListenCallReport } from '../model.ts';
import { plural } from '../units.ts';

const CAUSES: Readonly<Record<string, readonly [why: string, advice: string]>> = {
  EADDRINUSE: [
    'another socket listens on that address already',
    'Stop the other one (ss -ltnp shows it), or set SO_REUSEPORT on both.',
  ],
  EINVAL: [
    'the socket is connected, or not of a type and state that can listen',
    'Call listen() on a new socket after bind().',
  ],
  EOPNOTSUPP: ['the socket is of a protocol without listen(), such as UDP', 'Use a stream or seqpacket socket.'],
  EBADF: ['the file descriptor is not open', 'Look for a close() before it, or a wrong variable.'],
  ENOTSOCK: ['the file descriptor is not a socket', 'Look for a descriptor that was closed and used again.'],
  EACCES: ['a security module forbids it', 'Look for a denial in the audit log.'],
};

export function listenFailed(calls: readonly ListenCallReport[]): Finding[] {
  const groups = new Map<string, ListenCallReport[]>();
  for (const call of calls) {
    if (call.result === null || call.result >= 0) continue;
    const key = `${call.capture} ${call.result} ${call.address} ${call.comm}`;
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const error = errnoName(first.result as number) ?? String(first.result);
    const [why, advice] = CAUSES[error] ?? ['the kernel refused it', 'See listen(2).'];
    return {
      id: 'listen-failed',
      severity: 'warning',
      listener: null,
      title: `listen() of ${first.comm ?? `pid ${first.pid}`}${first.address === null ? '' : ` on ${first.address}`} failed with ${error}`,
      why: `${plural(group.length, 'call')} (pid ${first.pid}, fd ${first.fd}): ${why}.`,
      evidence: {
        error,
        calls: group.length,
        pid: first.pid,
        fd: first.fd,
        at_ns: first.at_ns,
        address: first.address,
      },
      advice,
    };
  });
}
