// The C types of the path's system call arguments, for texts that print all of them as hex registers.
import { eventCode, type SYSCALLS, SYSCALLS as TABLE } from '../../core/event/event-type.ts';

/** `i` int, `u` unsigned int, `l` unsigned long, `p` pointer (of which NULL or not is kept). */
export type ArgType = 'i' | 'u' | 'l' | 'p';

/** What SYSCALL_DEFINE declares, where it is not `int`. */
const NOT_INT: Readonly<Record<string, string>> = {
  close: 'u',
  close_range: 'uuu',
  dup: 'u',
  dup2: 'uu',
  dup3: 'uui',
  fcntl: 'uul',
  clone: 'l',
  clone3: 'pl',
  unshare: 'l',
  poll: 'pui',
  ppoll: 'pup',
};

export interface SyscallArgs {
  readonly call: string;
  readonly enter: number;
  readonly exit: number;
  readonly types: readonly ArgType[];
}

function typesOf(call: string, args: string): ArgType[] {
  if (args === '') return [];
  const declared = NOT_INT[call];
  return args.split(' ').map((word, i) => {
    if (word.endsWith(':pointer')) return 'p';
    return (declared?.[i] ?? 'i') as ArgType;
  });
}

/** Every call of the catalogue, in its order. */
export const SYSCALL_ARGS: readonly SyscallArgs[] = (Object.entries(TABLE) as [keyof typeof SYSCALLS, string][]).map(
  ([call, args]) => ({
    call,
    enter: eventCode(`sys_enter_${call}`),
    exit: eventCode(`sys_exit_${call}`),
    types: typesOf(call, args),
  }),
);
