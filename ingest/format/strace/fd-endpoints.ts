// What strace shows of descriptors, as fd_endpoint rows: the `<TCP:[…]>` of -y and -yy, and addresses that calls gave or got.
import { AF_INET, AF_INET6, AF_UNIX } from '../../../core/event/dictionary.ts';
import { ABSENT } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { TextAddress } from '../../probe/text-address.ts';
import type { TextContext } from '../../probe/text-context.ts';
import { asciiBytes, ByteTable } from '../text/byte-table.ts';
import { TextCursor } from '../text/text-cursor.ts';
import { decorationEnd, isDigit, stringEnd } from './call-text.ts';
import { unquote } from './quoted.ts';

const FD_ENDPOINT = eventCode('fd_endpoint');
const KINDS = new ByteTable(['TCP', 'TCPv6', 'UNIX-STREAM', 'UNIX-SEQPACKET', 'UNIX', 'socket']);
const FAMILIES = [AF_INET, AF_INET6, AF_UNIX, AF_UNIX, AF_UNIX, ABSENT];
/** Descriptors remembered, so that a row is written only when something about one is new. */
const MOST = 1 << 16;

const LESS = 60;
const MINUS = 45;
const GREATER = 62;
const COLON = 58;
const COMMA = 44;
const QUOTE = 34;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;

const SA_FAMILY = asciiBytes('sa_family=AF_');
const HTONS = asciiBytes('htons(');
const INET6 = asciiBytes('INET6');
const INET = asciiBytes('INET');
const UNIX = asciiBytes('UNIX');

interface Known {
  local: number;
  remote: number;
  inode: number;
  family: number;
  path: number;
}

const blank = (): Known => ({ local: ABSENT, remote: ABSENT, inode: ABSENT, family: ABSENT, path: ABSENT });
const same = (a: number, b: number): boolean => Object.is(a, b);

export class FdEndpoints {
  private readonly context: TextContext;
  private readonly address: TextAddress;
  private readonly cursor = new TextCursor();
  private readonly known = new Map<number, Known>();

  constructor(context: TextContext) {
    this.context = context;
    this.address = new TextAddress(context.dictionaries.endpoints);
  }

  /** Looks at `3<TCP:[127.0.0.1:80]>` at [from, to): what comes behind the number, if it is a socket. */
  decorated(bytes: Uint8Array, from: number, to: number): void {
    const { cursor } = this;
    cursor.set(bytes, from, to);
    const fd = cursor.decimal();
    if (!(fd >= 0) || !cursor.take(LESS)) return;
    const start = cursor.at;
    let colon = start;
    while (colon < to && bytes[colon] !== COLON) colon++;
    const kind = KINDS.find(bytes, start, colon);
    if (kind < 0 || bytes[colon + 1] !== OPEN_SQUARE) return;
    const end = decorationEnd(bytes, start - 1, to) - 2; // at the closing bracket
    if (bytes[end] !== CLOSE_SQUARE) return;
    const found = blank();
    found.family = FAMILIES[kind];
    if (found.family === AF_UNIX) this.unix(bytes, colon + 2, end, found);
    else this.inet(bytes, colon + 2, end, found);
    this.tell(fd, found);
  }

  /** A socket address `{sa_family=AF_INET, sin_port=htons(80), …}` at [from, to) that a descriptor is bound or connected to. */
  addressed(fd: number, bytes: Uint8Array, from: number, to: number, remote: boolean): void {
    const found = blank();
    const family = indexOf(bytes, SA_FAMILY, from, to);
    if (family < 0) return;
    const name = family + SA_FAMILY.length;
    let quote = name;
    while (quote < to && bytes[quote] !== QUOTE) quote++;
    const end = stringEnd(bytes, quote, to) - 1;
    if (startsWith(bytes, UNIX, name)) {
      found.family = AF_UNIX;
      if (quote < to) found.path = this.path(bytes, quote, end);
      this.tell(fd, found);
      return;
    }
    const port = indexOf(bytes, HTONS, name, to);
    if (port < 0 || quote >= to) return;
    this.cursor.set(bytes, port + HTONS.length, to);
    const number = this.cursor.decimal();
    if (!(number > 0 && number <= 65535)) return; // 0: any port, so this is no address yet
    let id = ABSENT;
    if (startsWith(bytes, INET6, name)) {
      found.family = AF_INET6;
      // inet_pton(AF_INET6, "::1", …)
      if (this.address.inet6(bytes, quote + 1, end)) id = this.address.intern6(number);
    } else if (startsWith(bytes, INET, name)) {
      found.family = AF_INET;
      const dotted = this.address.dotted(bytes, quote + 1, end);
      if (dotted >= 0) id = this.address.internInet(dotted, number);
    }
    if (Number.isNaN(id)) return;
    if (remote) found.remote = id;
    else found.local = id;
    this.tell(fd, found);
  }

  /** The descriptor was closed: the next one of its number is another. */
  closed(fd: number): void {
    this.known.delete(this.key(fd));
  }

  private key(fd: number): number {
    const { pid, tid, groups } = this.context;
    const owner = pid >= 0 ? pid : groups.pidOf(tid);
    return (owner >= 0 ? owner : tid + 1) * 2 ** 21 + (fd & 0x1fffff);
  }

  /** `[inode]`, `[local]` or `[local->remote]`. */
  private inet(bytes: Uint8Array, from: number, to: number, found: Known): void {
    if (allDigits(bytes, from, to)) {
      this.cursor.set(bytes, from, to);
      found.inode = this.cursor.decimal();
      return;
    }
    let arrow = from;
    while (arrow < to && !(bytes[arrow] === MINUS && bytes[arrow + 1] === GREATER)) arrow++;
    found.local = this.address.endpoint(bytes, from, arrow);
    if (arrow < to) found.remote = this.address.endpoint(bytes, arrow + 2, to);
  }

  /** `[inode]`, `[inode->peer]`, either with `,"path"`. */
  private unix(bytes: Uint8Array, from: number, to: number, found: Known): void {
    this.cursor.set(bytes, from, to);
    const inode = this.cursor.decimal();
    found.inode = inode >= 0 ? inode : ABSENT;
    let at = this.cursor.at;
    while (at < to && bytes[at] !== COMMA) at++;
    while (at < to && bytes[at] !== QUOTE) at++;
    if (at < to) found.path = this.path(bytes, at, stringEnd(bytes, at, to) - 1);
  }

  /** A path between quotes; one of the abstract namespace has an `@` before them. */
  private path(bytes: Uint8Array, quote: number, end: number): number {
    const text = unquote(bytes, quote + 1, Math.max(quote + 1, end));
    const { names, dictionaries } = this.context;
    if (bytes[quote - 1] !== 64) return names.intern(text, 0, text.length);
    const id = names.intern(text, 0, text.length);
    return dictionaries.strings.intern(`@${dictionaries.strings.entries[id - 1]}`);
  }

  private tell(fd: number, found: Known): void {
    const key = this.key(fd);
    const known = this.known.get(key);
    if (
      known !== undefined &&
      same(known.local, found.local) &&
      same(known.remote, found.remote) &&
      same(known.inode, found.inode) &&
      same(known.path, found.path)
    )
      return;
    if (this.known.size >= MOST) this.known.clear();
    this.known.set(key, found);
    const { context } = this;
    const row = context.push(FD_ENDPOINT);
    const { args } = context.rows;
    args[0][row] = fd;
    args[1][row] = found.local;
    args[2][row] = found.remote;
    args[3][row] = found.inode;
    args[4][row] = found.family;
    args[5][row] = found.path;
  }
}

const startsWith = (bytes: Uint8Array, text: Uint8Array, at: number): boolean =>
  text.every((b, i) => bytes[at + i] === b);

function indexOf(bytes: Uint8Array, text: Uint8Array, from: number, to: number): number {
  for (let at = from; at + text.length <= to; at++) if (bytes[at] === text[0] && startsWith(bytes, text, at)) return at;
  return -1;
}

function allDigits(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isDigit(bytes[at])) return false;
  return to > from;
}
