// Rows of the stock tools, turned into events. The tools' names are not the kernel's: see each method.
import { ABSENT } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import type { Outcome, TextContext } from '../../probe/text-context.ts';
import { isDigit } from '../text/context-line.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import type { Layout } from './columns.ts';
import { RowFields } from './row-fields.ts';
import { RowTimes } from './row-times.ts';
import { RowWords } from './row-words.ts';

const SET_STATE = eventCode('inet_sock_set_state');
const RETRANSMIT = eventCode('tcp_retransmit_skb');
const TOOL_LISTEN = eventCode('tool_listen');
const TOOL_ACCEPT = eventCode('tool_accept');
const TOOL_LIFE = eventCode('tool_life');
const TOOL_DROP = eventCode('tool_drop');

const SYN_SENT = 2;
const TCP = 6;
const TAIL_LOSS_PROBE = 76; // `L>`
const SLASH = 47;
const SPACE = 32;

export class ToolRows {
  readonly times: RowTimes;
  private readonly words: RowWords = new RowWords();
  private readonly fields: RowFields;
  private readonly context: TextContext;
  private layout: Layout | null = null;
  /** A drop waits for the stack below it: the row of it, in values. */
  private drop: { at: number; line: number; values: number[] } | null = null;

  constructor(context: TextContext) {
    this.context = context;
    this.times = new RowTimes(context);
    this.fields = new RowFields(this.words, context.dictionaries.endpoints);
  }

  use(layout: Layout): void {
    this.flush();
    this.layout = layout;
    this.words.use(layout);
  }

  /** Reads a row; null when the line is none of the tool's: a remark, a map that is printed at the end. */
  read(cursor: TextCursor): Outcome {
    const { layout, words, context } = this;
    if (layout === null) return null;
    if (this.stackLine(cursor)) return undefined;
    this.flush();
    if (!startsLikeRow(cursor)) return null;
    if (!words.split(cursor)) return `a row of ${layout.tool} with too few columns, or too many`;
    context.reset();
    if (!this.readTime() || !this.readTask()) return `a row of ${layout.tool} without its time or process`;
    const whole = this.row(layout);
    return whole === false ? `a row of ${layout.tool} with a column that cannot be read` : whole;
  }

  /** Writes what waits for a line that may not come. */
  flush(): void {
    const { drop, context } = this;
    if (drop === null) return;
    this.drop = null;
    const { at, line } = context;
    context.reset();
    context.at = drop.at;
    context.line = drop.line;
    this.put(TOOL_DROP, drop.values);
    context.at = at;
    context.line = line;
  }

  private row(layout: Layout): false | Outcome {
    switch (layout.tool) {
      case 'tcpstates':
        return this.stateChange();
      case 'tcpaccept':
        return this.accept();
      case 'solisten':
        return this.listen();
      case 'tcplife':
        return this.life();
      case 'tcpdrop':
        return this.dropped(layout.byPacket);
      case 'tcpretrans':
        return this.retransmit();
      case 'tcpconnect':
        return null; // active connections
    }
  }

  private readTime(): boolean {
    const since = this.words.of('TIME(s)');
    const word = since >= 0 ? since : this.words.of('TIME');
    if (word >= 0) return this.times.read(this.fields.at(word));
    this.times.none();
    return true;
  }

  /** PID is the process; which of its threads it was, no tool prints. */
  private readTask(): boolean {
    const { context, words } = this;
    const pid = this.fields.number('PID');
    if (!(pid >= 0 && pid <= 0x7fffffff)) return false;
    context.pid = pid;
    context.tid = pid;
    if (words.of('COMM') >= 0 || this.layout?.hasComm === true) {
      const [from, to] = words.comm();
      context.setComm(words.bytes, from, to);
    }
    return true;
  }

  /** tcpstates: inet_sock_set_state as it is, with the socket's address. */
  private stateChange(): false | undefined {
    const cursor = this.fields.at(this.words.of('SKADDR'));
    if (!cursor.hex() || cursor.at !== cursor.end) return false;
    const { high, low } = cursor;
    const sk = high === 0 && low === 0 ? ABSENT : this.context.dictionaries.addresses.intern(high, low);
    const values = [
      this.fields.state('OLDSTATE'),
      this.fields.state('NEWSTATE'),
      this.fields.pair('LADDR', 'LPORT'),
      this.fields.pair('RADDR', 'RPORT'),
    ];
    return this.write(SET_STATE, values, [sk, ...values, TCP]);
  }

  /** tcpaccept: inet_csk_accept returned. BL, of bpftrace's, is the queue after that and its limit. */
  private accept(): false | undefined {
    const local = this.fields.pair('LADDR', 'LPORT');
    const remote = this.fields.pair('RADDR', 'RPORT');
    let depth = ABSENT;
    let limit = ABSENT;
    const word = this.words.of('BL');
    if (word >= 0) {
      const cursor = this.fields.at(word);
      depth = cursor.decimal();
      if (!cursor.take(SLASH)) return false;
      limit = cursor.decimal();
      if (!(depth >= 0 && limit >= 0) || cursor.at !== cursor.end) return false;
    }
    return this.write(TOOL_ACCEPT, [local, remote], [local, remote, depth, limit]);
  }

  /** solisten: inet_listen entered; of libbpf-tools' left, with RET. A port of 0 is one that the call has yet to choose. */
  private listen(): false | Outcome {
    const { words } = this;
    const proto = words.from(words.of('PROTO'));
    if (!(words.bytes[proto] === 84 && words.bytes[proto + 1] === 67)) return null; // TCPv4, TCPv6
    const backlog = this.fields.number('BACKLOG');
    const port = this.fields.number('PORT');
    const local = port === 0 ? ABSENT : this.fields.pair('ADDR', 'PORT');
    const result = words.of('RET') >= 0 ? this.fields.number('RET') : ABSENT;
    if (!(port >= 0) || (port > 0 && Number.isNaN(local))) return false;
    return this.write(TOOL_LISTEN, [backlog], [backlog, local, result]);
  }

  /** tcplife: a connection from its first state change to its last. */
  private life(): false | undefined {
    const local = this.fields.pair('LADDR', 'LPORT');
    const remote = this.fields.pair('RADDR', 'RPORT');
    const cursor = this.fields.at(this.words.of('MS'));
    const { clock } = this.context;
    const { high, low } = clock;
    if (!clock.read(cursor) || cursor.at !== cursor.end) return false;
    // milliseconds, with or without a fraction; whole numbers are read as ticks by the billion
    const ns = clock.ticks ? (clock.high * 1e9 + clock.low) * 1e6 : clock.high * 1e6 + Math.round(clock.low / 1000);
    clock.high = high;
    clock.low = low;
    return this.write(TOOL_LIFE, [local, remote, ns], [local, remote, ns]);
  }

  /** tcpdrop: bcc's prints the packet, whose source is the peer; bpftrace's the socket, whose source is itself. */
  private dropped(byPacket: boolean): false | undefined {
    const { context, words } = this;
    const source = this.fields.joined('SADDR:SPORT');
    const destination = this.fields.joined('DADDR:DPORT');
    const state = this.fields.state('STATE');
    if (Number.isNaN(source + destination + state)) return false;
    const word = words.of('REASON');
    const bracketed = words.of('(REASON)');
    let reason = ABSENT;
    if (word >= 0 && word < words.count) reason = context.names.intern(words.bytes, words.from(word), words.to(word));
    else if (bracketed >= 0 && bracketed < words.count)
      reason = context.names.intern(words.bytes, words.from(bracketed) + 1, words.to(bracketed) - 1);
    const [local, remote] = byPacket ? [destination, source] : [source, destination];
    this.drop = { at: context.at, line: context.line, values: [local, remote, state, reason, ABSENT] };
    return undefined;
  }

  /** tcpretrans: of a client in SYN_SENT, a SYN sent again. */
  private retransmit(): false | Outcome {
    const { words } = this;
    const kind = words.of('T>');
    const local = this.fields.joined('LADDR:LPORT');
    const remote = this.fields.joined('RADDR:RPORT');
    const state = this.fields.state('STATE');
    if (Number.isNaN(local + remote + state)) return false;
    if (state !== SYN_SENT || (kind >= 0 && words.bytes[words.from(kind)] === TAIL_LOSS_PROBE)) return null;
    this.put(RETRANSMIT, [ABSENT, state, local, remote]);
    return undefined;
  }

  /** The stack of a drop: its first symbol is where the kernel let go of the packet. */
  private stackLine(cursor: TextCursor): boolean {
    if (this.layout?.tool !== 'tcpdrop') return false;
    const { bytes, at, end } = cursor;
    if (!(bytes[at] === 9 || (bytes[at] === SPACE && bytes[at + 1] === SPACE))) return false;
    const { drop } = this;
    if (drop === null || !Number.isNaN(drop.values[4])) return true;
    let from = at;
    while (from < end && (bytes[from] === 9 || bytes[from] === SPACE)) from++;
    if (bytes[from] === 98 && bytes[from + 1] === 39) from += 2; // b'
    let to = from;
    while (to < end && !(bytes[to] === 43 || bytes[to] === 39 || bytes[to] === SPACE)) to++; // +, ' or a space
    if (to > from) drop.values[4] = this.context.names.intern(bytes, from, to);
    return true;
  }

  /** A row, when all that it needs could be read; else false. */
  private write(type: number, needed: readonly number[], values: readonly number[]): false | undefined {
    for (const value of needed) if (!Number.isSafeInteger(value)) return false;
    this.put(type, values);
    return undefined;
  }

  private put(type: number, values: readonly number[]): void {
    const row = this.context.push(type);
    const { args } = this.context.rows;
    for (let k = 0; k < values.length; k++) args[k][row] = values[k];
  }
}

const SHORTEST_ADDRESS = 8;

/** Rows begin with a time, a process or a socket's address. */
function startsLikeRow({ bytes, at, end }: TextCursor): boolean {
  let from = at;
  while (from < end && bytes[from] === SPACE) from++;
  if (bytes[from] === 45) from++;
  if (isDigit(bytes[from])) return true;
  let hex = from;
  while (hex < end && (isDigit(bytes[hex]) || (bytes[hex] >= 97 && bytes[hex] <= 102))) hex++;
  return hex - from >= SHORTEST_ADDRESS;
}
