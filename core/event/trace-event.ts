// The union of trace events as objects, for JSON and for people. Hot paths use EventBatch instead.
import type { EventBatch } from './event-batch.ts';
import { type ArgKind, EVENT_TYPES, type OTHERS, type SYSCALLS } from './event-type.ts';

/** How an argument looks in an object: interned things are spelled out, what was not recorded is null. */
type ValueOf<Kind extends string> = Kind extends 'socket' | 'address' | 'endpoint' | 'string'
  ? string | null
  : number | null;
type ArgOf<Word extends string> = Word extends `${infer Name}:${infer Kind}`
  ? { readonly [N in Name]: ValueOf<Kind> }
  : { readonly [N in Word]: number | null };
type ArgsOf<Words extends string> = Words extends ''
  ? unknown
  : Words extends `${infer Head} ${infer Tail}`
    ? ArgOf<Head> & ArgsOf<Tail>
    : ArgOf<Words>;

interface Common {
  /** Number of the event in the log, from 1, without holes. */
  readonly position: number;
  readonly stream: string;
  /** Number of the event in its stream, from 1. */
  readonly version: number;
  /** Nanoseconds since the capture's start. */
  readonly at_ns: number;
  readonly cpu: number | null;
  /** The task that ran, which in softirq events is whoever was interrupted. */
  readonly pid: number | null;
  readonly tid: number | null;
  readonly comm: string | null;
  /** Byte offset (or line) in the capture. */
  readonly source: number;
}

type SyscallName = keyof typeof SYSCALLS;
type Other = (typeof OTHERS)[number];

export type SyscallEnter = {
  [Call in SyscallName]: Common & { readonly type: `sys_enter_${Call}` } & ArgsOf<(typeof SYSCALLS)[Call]>;
}[SyscallName];
export type SyscallExit = {
  [Call in SyscallName]: Common & { readonly type: `sys_exit_${Call}`; readonly ret: number | null };
}[SyscallName];
export type ProbeEvent = {
  [Name in Other[0]]: Common & { readonly type: Name } & ArgsOf<Extract<Other, readonly [Name, string, string]>[2]>;
}[Other[0]];

export type TraceEvent = SyscallEnter | SyscallExit | ProbeEvent;

/** Spells interned ids out. */
export interface Names {
  socket(id: number): string;
  address(id: number): string;
  endpoint(id: number): string;
  string(id: number): string;
}

function spellOut(kind: ArgKind, value: number, names: Names): number | string | null {
  if (Number.isNaN(value)) return null;
  switch (kind) {
    case 'socket':
      return names.socket(value);
    case 'address':
      return names.address(value);
    case 'endpoint':
      return names.endpoint(value);
    case 'string':
      return names.string(value);
    case 'int':
    case 'errno':
    case 'pointer':
      return value;
  }
}

/** One row of a batch as an object. */
export function toTraceEvent(
  batch: EventBatch,
  row: number,
  stream: string,
  version: number,
  names: Names,
): TraceEvent {
  const type = EVENT_TYPES[batch.type[row]];
  const known = (value: number): number | null => (value < 0 ? null : value);
  const event: Record<string, unknown> = {
    position: batch.position + row,
    stream,
    version,
    at_ns: batch.at[row],
    type: type.name,
    cpu: known(batch.cpu[row]),
    pid: known(batch.pid[row]),
    tid: known(batch.tid[row]),
    comm: batch.comm[row] < 0 ? null : names.string(batch.comm[row]),
    source: batch.source[row],
  };
  for (let k = 0; k < type.args.length; k++)
    event[type.args[k].name] = spellOut(type.args[k].kind, batch.args[k][row], names);
  return event as unknown as TraceEvent;
}
