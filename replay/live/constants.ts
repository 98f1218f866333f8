// Numbers of the Linux interface that a live replay uses: the same on every architecture that koffi and Node have in common.

export const AF_INET = 2;
export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_ATTACH_REUSEPORT_CBPF = 51;

export const IPPROTO_TCP = 6;
export const TCP_INFO = 11;

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 1 << 28;
export const EPOLL_CLOEXEC = SOCK_CLOEXEC;

export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;

export const CLOCK_MONOTONIC = 1;
export const TIMER_ABSTIME = 1;

export const CLONE_NEWNET = 0x40000000;
export const PR_SET_PDEATHSIG = 1;
export const PR_SET_TIMERSLACK = 29;
export const SCHED_RR = 2;
export const SIGKILL = 9;
export const RLIMIT_NOFILE = 7;

export const ENOENT = 2;
export const EINTR = 4;
export const EAGAIN = 11;
export const EPERM = 1;
export const ENOSYS = 38;
export const ECONNRESET = 104;
export const ETIMEDOUT = 110;
export const EALREADY = 114;
export const EINPROGRESS = 115;
export const ECANCELED = 125;
