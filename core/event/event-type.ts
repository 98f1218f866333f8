// The catalogue of trace events: one entry per probe, with its stable name, its stream and the meaning of its arguments.

/** What a stored argument is. `pointer` keeps only whether a user pointer was NULL (0) or not (1): its value means nothing outside the process. */
export type ArgKind = 'int' | 'errno' | 'pointer' | 'socket' | 'address' | 'endpoint' | 'string';

export interface Arg {
  readonly name: string;
  readonly kind: ArgKind;
}

/** Which thing an event is a fact about; it decides the stream that the event is appended to. */
export type StreamKind = 'task' | 'socket' | 'capture';

export interface EventType {
  /** Position in EVENT_TYPES. Written to stores, so what is new goes to the end of OTHERS. */
  readonly code: number;
  /** Stable name: the kernel's own tracepoint name, or what a tool's side-band record is called. */
  readonly name: string;
  readonly stream: StreamKind;
  readonly args: readonly Arg[];
  /** Version of what the arguments mean, from 1. A new one gets a new code, and an upcaster from the old (core/event/upcast.ts). */
  readonly version: number;
}

/** An event carries at most this many arguments. */
export const MAX_ARGS = 6;

const parseArgs = (text: string): Arg[] =>
  text === ''
    ? []
    : text.split(' ').map((word) => {
        const [name, kind] = word.split(':');
        return { name: name as string, kind: (kind ?? 'int') as ArgKind };
      });

/** System calls of the path, with their arguments in kernel order (SYSCALL_DEFINE in net/socket.c, fs/file.c, kernel/fork.c). */
export const SYSCALLS = {
  // `type` would be the event's own
  socket: 'family sock_type protocol',
  bind: 'fd umyaddr:pointer addrlen',
  listen: 'fd backlog',
  accept: 'fd upeer_sockaddr:pointer upeer_addrlen:pointer',
  accept4: 'fd upeer_sockaddr:pointer upeer_addrlen:pointer flags',
  connect: 'fd uservaddr:pointer addrlen',
  shutdown: 'fd how',
  close: 'fd',
  close_range: 'fd max_fd flags',
  dup: 'fildes',
  dup2: 'oldfd newfd',
  dup3: 'oldfd newfd flags',
  fcntl: 'fd cmd arg',
  setsockopt: 'fd level optname optval:pointer optlen',
  getsockopt: 'fd level optname optval:pointer optlen:pointer',
  clone: 'clone_flags',
  clone3: 'uargs:pointer size',
  fork: '',
  vfork: '',
  execve: '',
  execveat: 'fd',
  exit: 'error_code',
  exit_group: 'error_code',
  unshare: 'unshare_flags',
  setns: 'fd flags',
  epoll_ctl: 'epfd op fd event:pointer',
  epoll_wait: 'epfd events:pointer maxevents timeout',
  epoll_pwait: 'epfd events:pointer maxevents timeout',
  epoll_pwait2: 'epfd events:pointer maxevents timeout:pointer',
  poll: 'ufds:pointer nfds timeout_msecs',
  ppoll: 'ufds:pointer nfds tsp:pointer',
  select: 'n',
  pselect6: 'n',
} as const;

/** The other tracepoints of the path and the side-band records of recorders. */
export const OTHERS = [
  ['inet_sock_set_state', 'socket', 'sk:socket oldstate newstate local:endpoint remote:endpoint protocol'],
  ['sk_data_ready', 'socket', 'sk:socket family protocol'],
  ['tcp_retransmit_skb', 'socket', 'sk:socket state local:endpoint remote:endpoint'],
  ['tcp_retransmit_synack', 'socket', 'sk:socket req:address local:endpoint remote:endpoint'],
  ['kfree_skb', 'capture', 'rx_sk:socket reason:string location:address protocol'],
  ['tcp_send_reset', 'socket', 'sk:socket state reason:string local:endpoint remote:endpoint'],
  ['tcp_receive_reset', 'socket', 'sk:socket local:endpoint remote:endpoint'],
  ['tcp_destroy_sock', 'socket', 'sk:socket local:endpoint remote:endpoint'],
  ['task_comm', 'task', 'comm:string exec synthesized'],
  ['task_fork', 'task', 'parent_pid parent_tid synthesized'],
  ['task_exit', 'task', ''],
  ['lost', 'capture', 'count'],
  ['lost_samples', 'capture', 'count'],
  ['throttle', 'capture', ''],
  ['unthrottle', 'capture', ''],
  // a function of the path, entered and left: kprobes, kretprobes, function and function_graph tracers
  ['func_enter', 'task', 'func:string sk:socket a1 a2'],
  ['func_return', 'task', 'func:string ret:errno duration_ns'],
  // fields of struct sock that a program read in the kernel, at the instant of another event
  ['queue_sample', 'socket', 'sk:socket sk_ack_backlog sk_max_ack_backlog sk_drops syn_queue_len'],
  ['sock_identity', 'socket', 'sk:socket local:endpoint netns cookie:string'],
  // what tools print that know addresses instead of kernel pointers
  ['fd_endpoint', 'task', 'fd local:endpoint remote:endpoint inode family path:string'],
  ['tool_listen', 'task', 'backlog local:endpoint ret:errno'],
  ['tool_accept', 'task', 'local:endpoint remote:endpoint sk_ack_backlog sk_max_ack_backlog'],
  ['tool_drop', 'capture', 'local:endpoint remote:endpoint state reason:string func:string'],
  ['tool_life', 'task', 'local:endpoint remote:endpoint duration_ns'],
  // snapshots beside a capture: ss, /proc/net/tcp, nstat, /proc/net/netstat; an inode below 0 numbers sockets that share an address
  ['listener_sample', 'capture', 'local:endpoint sk_ack_backlog sk_max_ack_backlog sk_drops inode path:string'],
  ['counter', 'capture', 'name:string value absolute'],
  ['lost_unknown', 'capture', ''],
  // a SYN or final ACK that the path refused, as a program saw it decide
  ['queue_drop', 'socket', 'sk:socket reason:string sk_ack_backlog sk_max_ack_backlog syn_queue_len'],
  // the socket behind a task's fd, as a program found it in the kernel
  ['fd_socket', 'task', 'fd sk:socket'],
  // a request put into the SYN queue
  ['syn_queued', 'socket', 'sk:socket local:endpoint remote:endpoint'],
] as const satisfies readonly (readonly [name: string, stream: StreamKind, args: string])[];

function buildCatalogue(): EventType[] {
  const types: EventType[] = [];
  const add = (name: string, stream: StreamKind, args: Arg[]): void => {
    types.push({ code: types.length, name, stream, args, version: 1 });
  };
  for (const [call, args] of Object.entries(SYSCALLS)) {
    add(`sys_enter_${call}`, 'task', parseArgs(args));
    add(`sys_exit_${call}`, 'task', [{ name: 'ret', kind: 'errno' }]);
  }
  for (const [name, stream, args] of OTHERS) add(name, stream, parseArgs(args));
  return types;
}

export const EVENT_TYPES: readonly EventType[] = buildCatalogue();

const BY_NAME: ReadonlyMap<string, EventType> = new Map(EVENT_TYPES.map((type) => [type.name, type]));

/** The catalogue entry of a name; undefined when acceptq has no use for such a probe. */
export const findEventType = (name: string): EventType | undefined => BY_NAME.get(name);

/** The code of a name that the source itself spells out. Throws on a misspelling: a bug, never a user's error. */
export function eventCode(name: string): number {
  const type = BY_NAME.get(name);
  if (type === undefined) throw new Error(`no such event type: ${name}`);
  return type.code;
}
