// The lines of acceptq's own bpftrace program (ingest/probe/kit/bpftrace-program.ts). Each is `tag nsecs cpu pid tid` and then:
//
//   e CALL args… comm            a system call entered; arguments as in the catalogue, a pointer as 0 or 1
//   x CALL ret                   and left
//   s sk old new proto L R       inet_sock_set_state; L and R are address:port
//   r sk family proto A B D Q    sk_data_ready on a listener: sk_ack_backlog, sk_max_ack_backlog, sk_drops, SYN queue
//   q sk A B D Q                 a listener's fields at another instant
//   c L A B                      the copies of them in a child, as they were before it was queued
//   i sk L netns cookie          which socket a listener is
//   f fd sk                      the listener behind a task's fd
//   t sk state L R, y sk L R     tcp_retransmit_skb, tcp_retransmit_synack
//   d sk REASON A B Q            a SYN or final ACK refused, and why
//   h sk L R                     a request put into the SYN queue
import type { AddressDictionary } from '../../../core/event/dictionary.ts';
import { ABSENT } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES, eventCode, SYSCALLS } from '../../../core/event/event-type.ts';
import { TextAddress } from '../../probe/text-address.ts';
import type { Outcome, TextContext } from '../../probe/text-context.ts';
import { ByteTable } from '../text/byte-table.ts';
import type { TextCursor } from '../text/text-cursor.ts';

const SPACE = 32;
const SET_STATE = eventCode('inet_sock_set_state');
const DATA_READY = eventCode('sk_data_ready');
const QUEUE_SAMPLE = eventCode('queue_sample');
const LISTENER_SAMPLE = eventCode('listener_sample');
const SOCK_IDENTITY = eventCode('sock_identity');
const FD_SOCKET = eventCode('fd_socket');
const RETRANSMIT_SKB = eventCode('tcp_retransmit_skb');
const RETRANSMIT_SYNACK = eventCode('tcp_retransmit_synack');
const QUEUE_DROP = eventCode('queue_drop');
const SYN_QUEUED = eventCode('syn_queued');
const CALLS = Object.keys(SYSCALLS);
const ENTERS = CALLS.map((call) => eventCode(`sys_enter_${call}`));
const EXITS = CALLS.map((call) => eventCode(`sys_exit_${call}`));

const DAMAGED = 'a line of the program that is not whole';

export class OwnLines {
  private readonly context: TextContext;
  private readonly calls = new ByteTable(CALLS);
  private readonly addresses: AddressDictionary;
  private readonly endpoints: TextAddress;

  constructor(context: TextContext) {
    this.context = context;
    this.addresses = context.dictionaries.addresses;
    this.endpoints = new TextAddress(context.dictionaries.endpoints);
  }

  /** The line under the cursor; null when it is none of ours. */
  read(cursor: TextCursor): Outcome {
    const { bytes, at, end } = cursor;
    if (end - at < 8 || bytes[at + 1] !== SPACE) return null;
    const tag = bytes[at];
    cursor.at = at + 2;
    const who = this.who(cursor);
    if (who !== undefined) return who;
    switch (tag) {
      case 101: // e
        return this.enter(cursor);
      case 120: // x
        return this.exit(cursor);
      case 115: // s
        return this.setState(cursor);
      case 114: // r
        return this.dataReady(cursor);
      case 113: // q
        return this.fields(cursor, QUEUE_SAMPLE, 'sk', 4);
      case 99: // c
        return this.fields(cursor, LISTENER_SAMPLE, 'endpoint', 2);
      case 105: // i
        return this.identity(cursor);
      case 102: // f
        return this.fdSocket(cursor);
      case 116: // t
        return this.retransmit(cursor);
      case 121: // y
        return this.ends(cursor, RETRANSMIT_SYNACK, 2);
      case 104: // h
        return this.ends(cursor, SYN_QUEUED, 1);
      case 100: // d
        return this.drop(cursor);
      default:
        return null;
    }
  }

  /** Time, processor, process, task. Undefined when they are there. */
  private who(cursor: TextCursor): string | null | undefined {
    const { context } = this;
    context.reset();
    if (!context.clock.read(cursor) || !cursor.take(SPACE)) return null;
    const cpu = this.number(cursor);
    const pid = this.number(cursor);
    const tid = this.number(cursor);
    if (!(cpu >= 0 && cpu < 65536 && pid >= 0 && tid >= 0 && pid <= 0x7fffffff && tid <= 0x7fffffff)) return DAMAGED;
    context.cpu = cpu;
    context.pid = pid;
    context.tid = tid;
    context.at = context.clock.now();
    return Number.isNaN(context.at) ? 'a time far from all others' : undefined;
  }

  /** A number and the space behind it; NaN when there is none. */
  private number(cursor: TextCursor): number {
    const negative = cursor.take(45);
    const value = cursor.decimal();
    if (value < 0 || !(cursor.at === cursor.end || cursor.take(SPACE))) return Number.NaN;
    return negative ? -value : value;
  }

  private sk(cursor: TextCursor): number {
    if (!cursor.hex() || !(cursor.at === cursor.end || cursor.take(SPACE))) return Number.NaN;
    return cursor.high === 0 && cursor.low === 0 ? ABSENT : this.addresses.intern(cursor.high, cursor.low);
  }

  private endpoint(cursor: TextCursor): number {
    const from = cursor.at;
    if (!cursor.skipPast(SPACE)) cursor.at = cursor.end + 1;
    const to = cursor.at - 1;
    if (cursor.at > cursor.end) cursor.at = cursor.end;
    return this.endpoints.endpoint(cursor.bytes, from, to);
  }

  private enter(cursor: TextCursor): Outcome {
    const call = this.call(cursor);
    if (call < 0) return null;
    const { args } = EVENT_TYPES[ENTERS[call]];
    const values: number[] = [];
    for (let k = 0; k < args.length; k++) values.push(this.number(cursor));
    if (values.some(Number.isNaN)) return DAMAGED;
    this.context.setComm(cursor.bytes, cursor.at, cursor.end);
    this.put(ENTERS[call], values);
    return undefined;
  }

  private exit(cursor: TextCursor): Outcome {
    const call = this.call(cursor);
    const result = this.number(cursor);
    if (call < 0) return null;
    return this.put(EXITS[call], [result]);
  }

  private call(cursor: TextCursor): number {
    const from = cursor.at;
    if (!cursor.skipPast(SPACE)) return -1;
    return this.calls.find(cursor.bytes, from, cursor.at - 1);
  }

  private setState(cursor: TextCursor): Outcome {
    const sk = this.sk(cursor);
    const from = this.number(cursor);
    const to = this.number(cursor);
    const protocol = this.number(cursor);
    const local = this.endpoint(cursor);
    return this.put(SET_STATE, [sk, from, to, local, this.endpoint(cursor), protocol]);
  }

  private dataReady(cursor: TextCursor): Outcome {
    const sk = this.sk(cursor);
    const family = this.number(cursor);
    const protocol = this.number(cursor);
    const readings = [0, 1, 2, 3].map(() => this.number(cursor));
    if (readings.some(Number.isNaN)) return DAMAGED;
    return this.put(DATA_READY, [sk, family, protocol]) ?? this.put(QUEUE_SAMPLE, [sk, ...readings]);
  }

  private fields(cursor: TextCursor, type: number, of: 'sk' | 'endpoint', count: number): Outcome {
    const whose = of === 'sk' ? this.sk(cursor) : this.endpoint(cursor);
    const values = [whose];
    for (let k = 0; k < count; k++) values.push(this.number(cursor));
    return this.put(type, values);
  }

  private identity(cursor: TextCursor): Outcome {
    const sk = this.sk(cursor);
    const local = this.endpoint(cursor);
    const netns = this.number(cursor);
    const from = cursor.at;
    cursor.skipPast(SPACE);
    // 64 bits, and no number to count with
    const cookie = this.context.names.intern(cursor.bytes, from, cursor.end);
    return this.put(SOCK_IDENTITY, [sk, local, netns, cookie]);
  }

  private fdSocket(cursor: TextCursor): Outcome {
    const fd = this.number(cursor);
    return this.put(FD_SOCKET, [fd, this.sk(cursor)]);
  }

  private retransmit(cursor: TextCursor): Outcome {
    const sk = this.sk(cursor);
    const state = this.number(cursor);
    const local = this.endpoint(cursor);
    return this.put(RETRANSMIT_SKB, [sk, state, local, this.endpoint(cursor)]);
  }

  /** A socket and both of its ends; `at` is the index of the local end among the arguments. */
  private ends(cursor: TextCursor, type: number, at: 1 | 2): Outcome {
    const sk = this.sk(cursor);
    const local = this.endpoint(cursor);
    const remote = this.endpoint(cursor);
    if (Number.isNaN(sk + local + remote)) return DAMAGED;
    const row = this.context.push(type);
    const { args } = this.context.rows;
    args[0][row] = sk;
    args[at][row] = local;
    args[at + 1][row] = remote;
    return undefined;
  }

  private drop(cursor: TextCursor): Outcome {
    const sk = this.sk(cursor);
    const from = cursor.at;
    if (!cursor.skipPast(SPACE)) return DAMAGED;
    const reason = this.context.names.intern(cursor.bytes, from, cursor.at - 1);
    return this.put(QUEUE_DROP, [sk, reason, this.number(cursor), this.number(cursor), this.number(cursor)]);
  }

  /** Writes a row whose arguments must all be there. */
  private put(type: number, values: readonly number[]): string | undefined {
    for (const value of values) if (Number.isNaN(value)) return DAMAGED;
    const row = this.context.push(type);
    for (let k = 0; k < values.length; k++) this.context.rows.args[k][row] = values[k];
    return undefined;
  }
}
