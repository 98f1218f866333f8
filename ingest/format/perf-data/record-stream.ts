// The records of one stream of a perf.data file in order, whether stored as they are or zstd-compressed inside other records.
import { type ReadTotals, reject } from '../../../core/event/capture.ts';
import type { ByteWindow } from '../byte-window.ts';
import { ZstdStream } from '../zstd-stream.ts';
import { readU64, type Section } from './header.ts';
import { PieceWalk } from './piece-walk.ts';
import { RecordWalk } from './record-walk.ts';

const COMPRESSED = 81;
const COMPRESSED2 = 83;
const HEADER = 8;

export class RecordStream {
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array = new Uint8Array(0);
  /** Index of the current record in `view`. */
  index = 0;
  size = 0;
  type = 0;
  /** File offset of the current record, or of the compressed record that it came in. */
  offset: number;
  private readonly window: ByteWindow;
  private readonly walk: RecordWalk;
  private readonly littleEndian: boolean;
  private readonly totals: ReadTotals;
  private inner: PieceWalk | null = null;
  private zstd: ZstdStream | null = null;
  private broken = false;

  /** `alignment` 1: records may begin anywhere, as in pipes and among compressed ones. */
  constructor(window: ByteWindow, data: Section, littleEndian: boolean, totals: ReadTotals, alignment: 1 | 8) {
    this.window = window;
    this.walk = new RecordWalk(window, data, littleEndian, totals, alignment);
    this.littleEndian = littleEndian;
    this.totals = totals;
    this.offset = data.offset;
  }

  /** Moves to the next record; false at the end. What cannot be read is counted. */
  next(): boolean {
    const { walk } = this;
    for (;;) {
      if (this.inner !== null && this.nextInner(this.inner)) return true;
      if (!walk.next()) {
        this.end();
        return false;
      }
      this.offset = walk.offset;
      if (walk.type === COMPRESSED || walk.type === COMPRESSED2) {
        this.unpack();
        continue;
      }
      this.view = this.window.view;
      this.bytes = this.window.bytes;
      this.index = walk.index;
      this.size = walk.size;
      this.type = walk.type;
      return true;
    }
  }

  private nextInner(inner: PieceWalk): boolean {
    const found = inner.next();
    for (; inner.damaged > 0; inner.damaged--)
      reject(this.totals, this.offset, 'a stretch of the decompressed data holds no records');
    if (!found) return false;
    this.view = inner.view;
    this.bytes = inner.bytes;
    this.index = inner.index;
    this.size = inner.size;
    this.type = inner.type;
    return true;
  }

  /** All compressed records together are one zstd stream, cut at any place. */
  private unpack(): void {
    const { walk, window, totals } = this;
    totals.records++;
    let from = walk.index + HEADER;
    let length = walk.size - HEADER;
    if (walk.type === COMPRESSED2) {
      length = readU64(window.view, from, this.littleEndian);
      from += 8;
    }
    this.inner ??= new PieceWalk(this.littleEndian);
    this.zstd ??= new ZstdStream();
    const { inner } = this;
    const problem = this.zstd.push(window.bytes.subarray(from, from + length), (bytes) => inner.feed(bytes));
    if (problem === null) return;
    reject(
      totals,
      walk.offset,
      this.broken ? 'a compressed record behind the damage' : `the compressed data cannot be unpacked: ${problem}`,
    );
    this.broken = true;
  }

  private end(): void {
    if (this.inner === null) return;
    const { waiting } = this.inner;
    this.inner = null;
    if (waiting > 0)
      reject(this.totals, this.offset, `the compressed data end inside a record, ${waiting} bytes into it`);
    else if (this.zstd?.unfinished) reject(this.totals, this.offset, 'the compressed data end too early');
  }
}
