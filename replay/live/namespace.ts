// The network that a live replay has to itself: a namespace of its own, loopback up, sysctls set in it and nowhere else.
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { Settings } from '../what-if/settings.ts';
import type { Retry } from '../workload/workload.ts';
import {
  AF_INET,
  CLONE_NEWNET,
  PR_SET_PDEATHSIG,
  RLIMIT_NOFILE,
  SIGKILL,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from './constants.ts';
import type { Libc } from './libc.ts';
import { LiveUnavailable } from './unavailable.ts';

const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
const IFREQ_BYTES = 40;
const FLAGS_AT = 16;
const NAMESPACE = '/proc/thread-self/ns/net';

/** Ends with whoever started it, also when that is killed. @returns false when it is gone already. */
export function endWithParent(libc: Libc, parent: number): boolean {
  libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return libc.getppid() === parent;
}

/**
 * Leaves the network namespace of `outside`, unless that has been done for this process (by unshare, in a user namespace).
 * Threads begun after this are in the new one, those begun before are not.
 * @param outside the namespace of whoever started it, as /proc/self/ns/net has it.
 */
export function enterNamespace(libc: Libc, outside: string): void {
  if (readlinkSync(NAMESPACE) === outside && libc.unshare(CLONE_NEWNET) < 0)
    throw new LiveUnavailable(
      `replay --live needs a network namespace of its own, and this process may not make one (unshare: errno ${libc.errno()}): run it as root with CAP_SYS_ADMIN`,
    );
  // nothing below may ever happen outside
  if (readlinkSync(NAMESPACE) === outside) throw new Error('still in the network namespace of the host');
  loopbackUp(libc);
}

function loopbackUp(libc: Libc): void {
  const fd = libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const request = new Uint8Array(IFREQ_BYTES);
  request.set([0x6c, 0x6f]); // lo
  const flags = new DataView(request.buffer);
  const failed = libc.ioctl(fd, SIOCGIFFLAGS, request) < 0;
  flags.setInt16(FLAGS_AT, flags.getInt16(FLAGS_AT, true) | IFF_UP, true);
  if (failed || libc.ioctl(fd, SIOCSIFFLAGS, request) < 0)
    throw new LiveUnavailable(`replay --live cannot bring up loopback in its namespace (errno ${libc.errno()})`);
  libc.close(fd);
}

/** As many descriptors as may be, at most `wanted`. @returns how many there may be. */
export function raiseDescriptors(libc: Libc, wanted: number): number {
  const limit = new BigUint64Array(2);
  limit.fill(BigInt(wanted));
  if (libc.setrlimit(RLIMIT_NOFILE, limit) === 0) return wanted;
  libc.getrlimit(RLIMIT_NOFILE, limit);
  limit[0] = limit[1];
  libc.setrlimit(RLIMIT_NOFILE, limit);
  return Number(limit[0]);
}

/**
 * Sets what was asked for.
 * @returns what could not be set and does not have that value already, in words.
 */
export function setSysctls(settings: Settings, retry: Retry): string[] {
  const wanted: readonly (readonly [string, number])[] = [
    ['core/somaxconn', settings.somaxconn],
    ['ipv4/tcp_syncookies', settings.tcp_syncookies],
    ['ipv4/tcp_max_syn_backlog', settings.tcp_max_syn_backlog],
    ['ipv4/tcp_abort_on_overflow', settings.tcp_abort_on_overflow],
    ['ipv4/tcp_synack_retries', settings.tcp_synack_retries],
    ['ipv4/tcp_syn_retries', retry.retries],
    ['ipv4/tcp_syn_linear_timeouts', retry.linear],
  ];
  return wanted.flatMap(([name, value]) => setSysctl(name, value));
}

/** @returns what it is in place of `value`, in words; empty when it is in force. */
export function setSysctl(name: string, value: number): string[] {
  const path = `/proc/sys/net/${name}`;
  try {
    writeFileSync(path, `${value}\n`);
  } catch {
    // what it is all the same decides
  }
  const is = settingIn(path);
  const called = `net.${name.replaceAll('/', '.')}`;
  if (is === value || (is === null && value === 0)) return [];
  return [is === null ? `${called} cannot be set to ${value} here` : `${called} stayed ${is}, not ${value}`];
}

function settingIn(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
