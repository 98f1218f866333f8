// The lines of a text capture one after the other, in bounded memory, whatever the file is: CRLF, no last newline, binary.
import type { ByteSource } from '../format.ts';

/** What is read at once. A line that does not fit is none of a tracer's: the text has something binary in it. */
const CHUNK = 1 << 20;
const NEWLINE = 10;
const RETURN = 13;
const ESCAPE = 27;
const BELL = 7;

export class LineWalk {
  /** The bytes that `start` and `end` refer to; another array with some lines. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  /** One behind the line's last byte; the newline is no part of the line. */
  end = 0;
  /** Number of the line, from 1. */
  number = 0;
  /** True when the line was too long to be held: it is passed over and empty. */
  tooLong = false;
  /** Offset in the file behind the line. */
  offset = 0;
  private readonly source: ByteSource;
  private chunk: Uint8Array = new Uint8Array(0);
  /** The same bytes as a Buffer, whose search is several times as fast; other loops are faster on the plain array. */
  private searched: Buffer = Buffer.alloc(0);
  /** Offset in the file of the chunk's first byte. */
  private chunkStart = 0;
  private hasEscapes = false;
  private plain: Uint8Array = new Uint8Array(256);

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** Back to the first line. */
  rewind(): void {
    this.number = 0;
    this.offset = 0;
    this.chunk = new Uint8Array(0);
    this.searched = Buffer.alloc(0);
    this.chunkStart = 0;
  }

  /** Moves to the next line; false at the end of the file. */
  next(): boolean {
    if (this.offset >= this.source.size) return false;
    let from = this.offset - this.chunkStart;
    let newline = from < this.chunk.length ? this.searched.indexOf(NEWLINE, from) : -1;
    this.tooLong = false;
    if (newline < 0) {
      if (!this.load(this.offset)) return false;
      if (this.offset === 0 && hasByteOrderMark(this.chunk)) this.offset = 3;
      from = this.offset - this.chunkStart;
      newline = this.searched.indexOf(NEWLINE, from);
      if (newline < 0 && this.chunkStart + this.chunk.length < this.source.size) return this.skipLongLine();
    }
    this.number++;
    this.bytes = this.chunk;
    this.start = from;
    this.end = newline < 0 ? this.chunk.length : newline;
    this.offset = this.chunkStart + (newline < 0 ? this.chunk.length : newline + 1);
    if (this.end > this.start && this.bytes[this.end - 1] === RETURN) this.end--;
    if (this.hasEscapes) this.stripEscapes();
    return true;
  }

  private load(offset: number): boolean {
    const bytes = this.source.read(offset, Math.min(CHUNK, this.source.size - offset));
    if (bytes.length === 0) return false;
    this.chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.chunkStart = offset;
    this.hasEscapes = this.searched.includes(ESCAPE);
    return true;
  }

  private skipLongLine(): boolean {
    let newline = -1;
    do {
      this.offset = this.chunkStart + this.chunk.length;
      if (this.offset >= this.source.size || !this.load(this.offset)) break;
      newline = this.searched.indexOf(NEWLINE);
    } while (newline < 0);
    if (newline >= 0) this.offset = this.chunkStart + newline + 1;
    this.number++;
    this.bytes = this.chunk;
    this.start = this.end = 0;
    this.tooLong = true;
    return true;
  }

  /** Terminals colour prompts and `grep` its matches: the colours are no part of the text. */
  private stripEscapes(): void {
    const { bytes, end } = this;
    let at = bytes.subarray(this.start, end).indexOf(ESCAPE);
    if (at < 0) return;
    if (this.plain.length < end - this.start) this.plain = new Uint8Array(2 * (end - this.start));
    const { plain } = this;
    let length = 0;
    for (at = this.start; at < end; ) {
      if (bytes[at] === ESCAPE) at = endOfEscape(bytes, at, end);
      else plain[length++] = bytes[at++];
    }
    this.bytes = plain;
    this.start = 0;
    this.end = length;
  }
}

const hasByteOrderMark = (bytes: Uint8Array): boolean =>
  bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

/** ECMA-48: `ESC [ parameters final`, `ESC ] text BEL` (or `ESC \`), and pairs. */
function endOfEscape(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  if (at >= end) return end;
  const kind = bytes[at++];
  if (kind === 0x5b) {
    while (at < end && bytes[at] >= 0x20 && bytes[at] <= 0x3f) at++;
    return Math.min(at + 1, end);
  }
  if (kind !== 0x5d) return at;
  for (; at < end; at++) {
    if (bytes[at] === BELL) return at + 1;
    if (bytes[at] === ESCAPE) return Math.min(at + 2, end);
  }
  return end;
}
