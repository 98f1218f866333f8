// The C library's calls that a live replay makes, through koffi, which is loaded here and nowhere else.
import { LiveUnavailable } from './unavailable.ts';

type Numbers = Uint8Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;
type Bytes = Numbers | null;

/** Each returns what C returns: -1 for an error, whose number `errno` has until the next call. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Bytes, length: number): number;
  listen(fd: number, backlog: number): number;
  accept(fd: number, address: Bytes, length: Bytes): number;
  accept4(fd: number, address: Bytes, length: Bytes, flags: number): number;
  connect(fd: number, address: Bytes, length: number): number;
  send(fd: number, bytes: Bytes, length: number, flags: number): number;
  recv(fd: number, bytes: Bytes, length: number, flags: number): number;
  close(fd: number): number;
  getsockopt(fd: number, level: number, name: number, value: Bytes, length: Bytes): number;
  setsockopt(fd: number, level: number, name: number, value: Bytes, length: number): number;
  shutdown(fd: number, how: number): number;
  dup(fd: number): number;
  dup2(fd: number, over: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  getsockname(fd: number, address: Bytes, length: Bytes): number;
  ioctl(fd: number, request: number, argument: Bytes): number;
  unshare(flags: number): number;
  prctl(option: number, a: number, b: number, c: number, d: number): number;
  getppid(): number;
  /** Of the calling thread for 0. */
  sched_setscheduler(tid: number, policy: number, parameter: Bytes): number;
  setrlimit(resource: number, limit: Bytes): number;
  getrlimit(resource: number, limit: Bytes): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, op: number, fd: number, event: Bytes): number;
  epoll_wait(epfd: number, events: Bytes, most: number, milliseconds: number): number;
  ppoll(fds: Bytes, count: number, timeout: Bytes, mask: null): number;
  /** Returns the error's number itself, 0 for none. */
  clock_nanosleep(clock: number, flags: number, request: Bytes, remaining: null): number;
  /** epoll_pwait2 where the kernel has it (5.11); by number, as older C libraries lack it. */
  epoll_pwait2(
    number: number,
    epfd: number,
    events: Bytes,
    most: number,
    timeout: Bytes,
    mask: null,
    size: number,
  ): number;
  errno(): number;
  /** Where the bytes are, for structs that point to others. */
  addressOf(bytes: Numbers): bigint;
}

const PROTOTYPES = [
  'int socket(int, int, int)',
  'int bind(int, void *, uint32_t)',
  'int listen(int, int)',
  'int accept(int, void *, void *)',
  'int accept4(int, void *, void *, int)',
  'int connect(int, void *, uint32_t)',
  'long send(int, void *, size_t, int)',
  'long recv(int, void *, size_t, int)',
  'int close(int)',
  'int getsockopt(int, int, int, void *, void *)',
  'int setsockopt(int, int, int, void *, uint32_t)',
  'int shutdown(int, int)',
  'int dup(int)',
  'int dup2(int, int)',
  'int getsockname(int, void *, void *)',
  'int unshare(int)',
  'int prctl(int, long, long, long, long)',
  'int getppid()',
  'int sched_setscheduler(int, int, void *)',
  'int setrlimit(int, void *)',
  'int getrlimit(int, void *)',
  'int epoll_create1(int)',
  'int epoll_ctl(int, int, int, void *)',
  'int epoll_wait(int, void *, int, int)',
  'int ppoll(void *, ulong, void *, void *)',
  'int clock_nanosleep(int, int, void *, void *)',
];

/**
 * Loads koffi and binds the calls. In every thread anew.
 * @throws LiveUnavailable where koffi is not installed or cannot be loaded.
 */
export async function loadLibc(): Promise<Libc> {
  const koffi = await import('koffi').then(
    (module) => module.default,
    () => {
      throw new LiveUnavailable(
        'replay --live calls the C library through koffi, which is not installed here: npm install koffi@3.3.4 beside acceptq (npm install -g koffi@3.3.4 acceptq)',
      );
    },
  );
  // of the program itself, which has its C library in it, whichever that is
  const self = koffi.load(null);
  const calls: Record<string, unknown> = {
    errno: () => koffi.errno(),
    addressOf: (bytes: Numbers) => koffi.address(bytes),
  };
  for (const prototype of PROTOTYPES) {
    const call = self.func(prototype);
    calls[/(\w+)\(/.exec(prototype)?.[1] as string] = call;
  }
  // these end in `...` in C
  calls.fcntl = self.func('fcntl', 'int', ['int', 'int', 'long']);
  calls.ioctl = self.func('ioctl', 'int', ['int', 'ulong', 'void *']);
  calls.epoll_pwait2 = self.func('syscall', 'long', ['long', 'long', 'void *', 'long', 'void *', 'void *', 'long']);
  return calls as unknown as Libc;
}
