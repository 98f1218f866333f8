// One zstd stream that is cut into pieces at any place and need never end, as perf spreads it over many records.
import { Decompress } from 'fzstd';
import { MAX_WINDOW, zstdHead } from './decompress.ts';

/** Nothing that is recorded shrinks by more than this; what claims to is made to fill memory. */
const MAX_RATIO = 512;
/** Magic, descriptor, window, dictionary and content size at most. */
const LONGEST_HEAD = 18;
/** RFC 8878, 3.1.1.2.3 */
const MAX_BLOCK = 131072;

/** Follows where blocks begin and end, because the decoder would wait for the rest of a damaged one for ever. */
class Blocks {
  /** Bytes of the current block that are still to come. */
  left = 0;
  private header = 0;
  private headerBytes = 0;

  /** Passes over bytes; a reason when a block cannot be right. */
  pass(bytes: Uint8Array, from: number): string | null {
    for (let at = from; at < bytes.length; ) {
      if (this.left > 0) {
        const step = Math.min(this.left, bytes.length - at);
        this.left -= step;
        at += step;
        continue;
      }
      this.header |= bytes[at++] << (8 * this.headerBytes++);
      if (this.headerBytes < 3) continue;
      const type = (this.header >> 1) & 3;
      const size = this.header >> 3;
      if (type === 3 || (type !== 1 && size > MAX_BLOCK)) return 'a block of an impossible kind or size';
      this.left = type === 1 ? 1 : size;
      this.header = this.headerBytes = 0;
    }
    return null;
  }

  get inside(): boolean {
    return this.left > 0 || this.headerBytes > 0;
  }
}

export class ZstdStream {
  private readonly decoder: Decompress;
  private readonly blocks = new Blocks();
  private started = false;
  /** The first bytes, until the frame's header is whole. */
  private head: Uint8Array = new Uint8Array(0);
  private pieces: Uint8Array[] = [];
  private taken = 0;
  private given = 0;
  private broken: string | null = null;

  constructor() {
    this.decoder = new Decompress((bytes) => {
      this.given += bytes.length;
      if (this.given > (this.taken + 65536) * MAX_RATIO) throw new RangeError('they grow beyond all measure');
      this.pieces.push(bytes);
    });
  }

  /** The stream so far ends inside a block. */
  get unfinished(): boolean {
    return this.broken === null && (this.blocks.inside || (!this.started && this.head.length > 0));
  }

  /** Feeds the next piece and hands out what it gives. Returns a reason when the stream is damaged, from then on for every piece; else null. */
  push(given: Uint8Array, sink: (bytes: Uint8Array) => void): string | null {
    if (this.broken !== null) return this.broken;
    let piece = given;
    let blocksFrom = 0;
    if (!this.started) {
      piece = Buffer.concat([this.head, given]);
      this.head = piece;
      if (piece.length < LONGEST_HEAD) return null;
      const { window, size } = zstdHead(piece);
      if (window < 0 || window > MAX_WINDOW)
        return this.fail(window < 0 ? 'no zstd stream begins here' : `a window of ${window} bytes`);
      this.started = true;
      blocksFrom = size;
    }
    const wrong = this.blocks.pass(piece, blocksFrom);
    this.taken += piece.length;
    this.pieces = [];
    try {
      this.decoder.push(new Uint8Array(piece), false); // it keeps what it is given
    } catch (error) {
      this.fail(error instanceof Error ? error.message : 'damaged');
    }
    if (this.pieces.length > 0) sink(this.pieces.length === 1 ? this.pieces[0] : Buffer.concat(this.pieces));
    return this.broken ?? (wrong === null ? null : this.fail(wrong));
  }

  private fail(reason: string): string {
    this.broken = reason;
    return reason;
  }
}
