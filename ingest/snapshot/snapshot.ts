// What a file beside a capture holds: tables and counters that tools print at one instant, as rows, part by part.
import type { Dictionaries } from '../../core/event/dictionary.ts';
import { EventBatch, UNKNOWN } from '../../core/event/event-batch.ts';
import { eventCode } from '../../core/event/event-type.ts';
import { TextAddress } from '../probe/text-address.ts';

const LISTENER_SAMPLE = eventCode('listener_sample');
const COUNTER = eventCode('counter');
const FD_ENDPOINT = eventCode('fd_endpoint');

/** One output of one tool. */
export interface Part {
  /** What printed it, e.g. `ss`. */
  readonly kind: string;
  /** Two parts of one key are two readings of the same thing. */
  readonly key: string;
  /** Nanoseconds since the epoch by the stamp before it; null without one. */
  readonly wall: bigint | null;
  /** Rows of the file from here on … */
  readonly first: number;
  /** … and before this one. */
  end: number;
}

/** Lines that could not be read: how many, and the first of them. */
export interface Unread {
  count: number;
  line: number;
  text: string;
}

/** A file beside a capture. Times of its rows are set when it is placed; their `source` is the line, as a negative number. */
export interface SnapshotFile {
  readonly name: string;
  readonly rows: EventBatch;
  readonly parts: readonly Part[];
  readonly unread: Unread | null;
}

/** Reads the lines of one part. */
export interface PartReader {
  /** `used` also for lines that rightly give nothing; `foreign` when the line may be another kind's. */
  line(text: string): 'used' | 'unread' | 'foreign';
  /** The part is over. */
  end(): void;
}

/** A kind of text that is recognised. */
export interface SnapshotKind {
  readonly name: string;
  /** The part's key when the line opens one of this kind; null when it does not. */
  begins(line: string): string | null;
  /** The same for a line of such a text whose opening was left out. */
  continues(line: string): string | null;
  open(rows: SnapshotRows): PartReader;
}

/** Where parts put what they read. */
export class SnapshotRows {
  readonly batch = new EventBatch(64);
  readonly endpoints: TextAddress;
  /** Number of the line. */
  line = 0;
  private readonly dictionaries: Dictionaries;

  constructor(dictionaries: Dictionaries) {
    this.dictionaries = dictionaries;
    this.endpoints = new TextAddress(dictionaries.endpoints);
  }

  counter(name: string, value: number): void {
    const row = this.push(COUNTER, UNKNOWN);
    const { args } = this.batch; // the row may have made it grow
    args[0][row] = this.dictionaries.strings.intern(name);
    args[1][row] = value;
    args[2][row] = 1;
  }

  /** Returns the row, for fields that come on a later line: see `setEndpoint` and `setDrops`. NaN for what was not printed. */
  listener(endpoint: number, depth: number, limit: number, inode: number, path: string | null): number {
    const row = this.push(LISTENER_SAMPLE, UNKNOWN);
    const { args } = this.batch;
    args[0][row] = endpoint;
    args[1][row] = depth;
    args[2][row] = limit;
    args[4][row] = inode;
    if (path !== null) args[5][row] = this.dictionaries.strings.intern(path);
    return row;
  }

  /** A process has the socket at this fd. */
  holder(comm: string, pid: number, fd: number, endpoint: number, inode: number, family: number): number {
    const row = this.push(FD_ENDPOINT, pid);
    const { args, comm: names } = this.batch;
    names[row] = this.dictionaries.strings.intern(comm);
    args[0][row] = fd;
    args[1][row] = endpoint;
    args[3][row] = inode;
    args[4][row] = family;
    return row;
  }

  setInode(row: number, inode: number): void {
    this.batch.args[4][row] = inode;
  }

  setDrops(row: number, drops: number): void {
    this.batch.args[3][row] = drops;
  }

  /** Of a listener's row and of its holders'. */
  setEndpoint(row: number, endpoint: number): void {
    this.batch.args[this.batch.type[row] === FD_ENDPOINT ? 1 : 0][row] = endpoint;
  }

  /** How an endpoint is written: `127.0.0.1:80`, `[::1]:80`. */
  written(endpoint: number): string {
    const { address, port } = this.dictionaries.endpoints.get(endpoint);
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  }

  private push(type: number, pid: number): number {
    return this.batch.push(0, type, UNKNOWN, pid, pid, -this.line);
  }
}
