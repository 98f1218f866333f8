// Which recorded calls can be played at all, and what the others lack; which addresses several sockets had at a time.
import { EINTR } from '../../../core/kernel/errno.ts';
import type { Place, RecordedCall } from './recorded-calls.ts';

/** What a capture says is played only as far as it has to do with this: nothing makes the kernel load a module or talk to others. */
const FAMILIES: ReadonlySet<number> = new Set([1, 2, 10]);
const TYPES: ReadonlySet<number> = new Set([1, 2, 5]);
const TYPE_BITS = 0xf;
/** Default, TCP, UDP, MPTCP. */
const PROTOCOLS: ReadonlySet<number> = new Set([0, 6, 17, 262]);
/** F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. */
const COMMANDS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 1030]);
/** IP, SOL_SOCKET, TCP, IPv6. */
const LEVELS: ReadonlySet<number> = new Set([0, 1, 6, 41]);

/** Why a call is not played; null for one that is. @param ports at which the task listened. */
export function whyNot({ call, args, ret, place }: RecordedCall, ports: ReadonlySet<number>): string | null {
  if (ret === null) return 'it did not return within the capture';
  if (ret === -EINTR || (ret <= -512 && ret >= -516)) return 'a signal interrupted it';
  if (args.slice(0, call === 'fcntl' ? 2 : args.length).some(Number.isNaN)) return 'its arguments are not recorded';
  switch (call) {
    case 'socket': {
      const known = FAMILIES.has(args[0]) && TYPES.has(args[1] & TYPE_BITS) && PROTOCOLS.has(args[2]);
      return known ? null : 'neither TCP, UDP nor UNIX';
    }
    case 'connect':
      return place !== null && ports.has(place.port) ? null : 'to something that this task does not listen at';
    case 'fcntl':
      return COMMANDS.has(args[1]) ? null : 'not about what a socket is';
    case 'setsockopt':
      return LEVELS.has(args[1]) ? null : 'of a protocol that is not played';
    default:
      return null;
  }
}

/** Ports at which the task listened. */
export const listenedPorts = (calls: readonly RecordedCall[]): Set<number> =>
  new Set(calls.flatMap(({ call, place }) => (call === 'listen' && place !== null ? [place.port] : [])));

export const placeKey = ({ address, port }: Place): string => `${address} ${port}`;

/** Places at which several sockets of the task listened at a time. */
export function sharedPlaces(calls: readonly RecordedCall[]): Set<string> {
  const listening = new Map<number, string>();
  const shared = new Set<string>();
  for (const { call, args, ret, place } of calls) {
    if (call === 'close') listening.delete(args[0]);
    if (call !== 'listen' || ret !== 0 || place === null) continue;
    const key = placeKey(place);
    for (const [fd, other] of listening) if (fd !== args[0] && other === key) shared.add(key);
    listening.set(args[0], key);
  }
  return shared;
}
