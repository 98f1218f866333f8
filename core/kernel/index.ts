// The model's public face: a host of some release, the calls that its tasks make, and the segments that arrive.
export { type Addr, ANY4, ANY6, LOOPBACK4, LOOPBACK6 } from './address.ts';
export { errnoName } from './errno.ts';
export { Files, type OpenFile } from './files.ts';
export { type Choices, firstChoices, Host, type HostOptions } from './host.ts';
export { COUNTERS, type Counter, Mib } from './mib.ts';
export { type KernelProfile, type KernelRules, KNOWN_RELEASES, kernelProfile } from './profile.ts';
export { ACK, FIN, PSH, RST, type Segment, SYN } from './segment.ts';
export { Sock } from './sock.ts';
export type { SockAddr } from './sockaddr.ts';
export * as syscalls from './syscalls.ts';
export { type Sysctls, writeSysctl } from './sysctl.ts';
export { BLOCKED, Task } from './task.ts';
export type { Trace } from './trace.ts';
