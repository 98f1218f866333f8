// A pipe as a ByteSource while it is written: read once, forwards; whoever waits for more of it is told when time has passed.
import type { ByteSource, LiveKind } from '../format/format.ts';

/** Where the bytes come from. */
export interface Arrivals {
  /** The next bytes, waiting up to so many milliseconds; null: none have come; 'end': none will. */
  next(milliseconds: number): Uint8Array | null | 'end';
  /** Milliseconds by a clock that only goes forwards. */
  now(): number;
}

/** Time between ticks. An event is given at the second tick after it came, and so well within a second. */
export const TICK_MS = 250;
/** Without a byte for so long, what was recorded before has come: recorders look at all their buffers more often. */
const QUIET_MS = 500;
/** Formats look back a little: see ByteWindow. */
const BEHIND = 1 << 17;
const NEWLINE = 10;

export class LiveSource implements ByteSource {
  readonly name: string;
  readonly live = true;
  /** Called about every TICK_MS while bytes are asked for; `quiet`: nothing has come lately. */
  onTick: ((quiet: boolean) => void) | null = null;
  private readonly arrivals: Arrivals;
  private kind: LiveKind = 'records';
  /** Bytes from offset `start` to `end`. */
  private memory = Buffer.alloc(1 << 16);
  private start = 0;
  private end = 0;
  private ended = false;
  /** While the format looks at the beginning, the beginning is all there is. */
  private frozen: number | null = null;
  private ticked: number;
  private cameAt: number;

  constructor(name: string, arrivals: Arrivals) {
    this.name = name;
    this.arrivals = arrivals;
    this.ticked = arrivals.now();
    this.cameAt = this.ticked;
  }

  /** Far beyond everything until the end has come. */
  get size(): number {
    return this.frozen ?? (this.ended ? this.end : Number.MAX_SAFE_INTEGER);
  }

  get isEnded(): boolean {
    return this.ended;
  }

  /** Bytes that have come. */
  get reached(): number {
    return this.end;
  }

  /** Takes in more of the beginning: up to `bytes`, or what there is once nothing has come for `milliseconds`. */
  gather(bytes: number, milliseconds: number): void {
    while (!this.ended && this.end < bytes) {
      const before = this.end;
      this.take(milliseconds);
      if (this.end === before) return;
    }
  }

  /** From now on it looks like a file that ends here: of text behind the last whole line. */
  freeze(kind: LiveKind): void {
    this.kind = kind;
    const newline = this.memory.subarray(0, this.end).lastIndexOf(NEWLINE);
    this.frozen = kind === 'lines' && newline >= 0 && !this.ended ? newline + 1 : this.end;
  }

  /** From now on it goes on, and what was read is forgotten. */
  goOn(): void {
    this.frozen = null;
  }

  read(offset: number, length: number, least = 1): Uint8Array {
    if (this.frozen !== null) {
      const from = Math.min(offset, this.frozen);
      return new Uint8Array(this.memory.subarray(from, Math.min(from + length, this.frozen)));
    }
    this.forget(offset - BEHIND);
    this.mayTick();
    let end = this.enough(offset, length, least);
    while (end < 0) {
      const now = this.arrivals.now();
      this.take(Math.max(1, this.ticked + TICK_MS - now));
      this.mayTick();
      end = this.enough(offset, length, least);
    }
    const from = Math.max(0, Math.min(offset, this.end) - this.start);
    return this.memory.subarray(from, Math.max(from, end - this.start));
  }

  /** Where a read ends if it need not wait: of text behind a line; otherwise -1. */
  private enough(offset: number, length: number, least: number): number {
    const end = Math.min(offset + length, this.end);
    if (this.ended || end === offset + length) return end;
    if (end < offset + least) return -1;
    if (this.kind === 'records') return end;
    const newline = this.memory.subarray(offset - this.start, end - this.start).lastIndexOf(NEWLINE);
    return newline < 0 ? -1 : offset + newline + 1;
  }

  private mayTick(): void {
    const now = this.arrivals.now();
    if (now - this.ticked < TICK_MS) return;
    this.ticked = now;
    this.onTick?.(now - this.cameAt >= QUIET_MS);
  }

  private take(milliseconds: number): void {
    const bytes = this.arrivals.next(milliseconds);
    if (bytes === null) return;
    if (bytes === 'end') {
      this.ended = true;
      return;
    }
    this.cameAt = this.arrivals.now();
    const held = this.end - this.start;
    if (held + bytes.length > this.memory.length) {
      const wider = Buffer.alloc(2 * (held + bytes.length));
      this.memory.copy(wider, 0, 0, held);
      this.memory = wider;
    }
    this.memory.set(bytes, held);
    this.end += bytes.length;
  }

  /** Bytes before this offset are not asked for any more. Moved together only when much is to be gained. */
  private forget(offset: number): void {
    if (offset - this.start < Math.max(BEHIND, this.memory.length >> 1)) return;
    const from = Math.min(offset, this.end);
    this.memory.copyWithin(0, from - this.start, this.end - this.start);
    this.start = from;
  }
}
