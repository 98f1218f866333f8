// Walks the records of a data section and finds its way again behind a damaged stretch.
import { type ReadTotals, reject } from '../../../core/event/capture.ts';
import type { ByteWindow } from '../byte-window.ts';
import { readU64, type Section } from './header.ts';

const HEADER = 8;
const LAST_KERNEL_RECORD = 22;
const FIRST_TOOL = 64;
const LAST_TOOL_RECORD = 90;
/** How many plausible headers in a row make a place to go on from. */
const CHAIN = 3;
const MAX_RECORD = 65536;
/** The kernel pads its records; tools do not always pad theirs. */
const ALIGNMENT = 8;
const HEADER_TRACING_DATA = 66;
const AUXTRACE = 71;
const COMPRESSED2 = 83;
/** A COMPRESSED2 record holds at most what perf drains from one ring at a time. */
const MAX_COMPRESSED = 64 << 20;

export class RecordWalk {
  /** Index of the current record in the window's view. */
  index = 0;
  size = 0;
  type = 0;
  /** File offset of the current record. */
  offset: number;
  private following: number;
  private readonly window: ByteWindow;
  private readonly start: number;
  private readonly limit: number;
  private readonly littleEndian: boolean;
  private readonly totals: ReadTotals;
  /** Steps in which records can begin. */
  private readonly alignment: 1 | 8;

  constructor(window: ByteWindow, data: Section, littleEndian: boolean, totals: ReadTotals, alignment: 1 | 8 = 8) {
    this.alignment = alignment;
    this.window = window;
    this.offset = data.offset;
    this.following = data.offset;
    this.start = data.offset;
    this.limit = data.offset + data.size;
    this.littleEndian = littleEndian;
    this.totals = totals;
  }

  /** Where the data end, as far as is known: a stream's end shows only when it is reached. */
  private get end(): number {
    return Math.min(this.limit, this.window.size);
  }

  /** Moves to the next record; false at the end. Stretches that hold no records are counted and passed over. */
  next(): boolean {
    for (;;) {
      this.offset = this.following;
      if (this.offset >= this.end) return false;
      const size = this.sizeAt(this.offset);
      if (size >= 0) {
        this.index = this.window.at(this.offset, size);
        this.size = size;
        this.type = this.window.view.getUint32(this.index, this.littleEndian);
        this.following = this.offset + size + this.payloadBehind();
        return true;
      }
      if (this.offset >= this.end) return false; // a stream has ended while it was waited for
      const found = this.resync(
        this.alignment === 1 ? this.offset + 1 : this.offset + HEADER - ((this.offset - this.start) % ALIGNMENT),
      );
      const what = found < 0 ? 'to the end of the data' : `${found - this.offset} bytes`;
      reject(this.totals, this.offset, `no record can start here (damaged or cut off); passed over ${what}`);
      if (found < 0) return false;
      this.following = found;
    }
  }

  /** Size of the record at a file offset, -1 when no whole, plausible record is there. */
  private sizeAt(offset: number): number {
    if (offset + HEADER > this.end) return -1;
    const index = this.window.at(offset, HEADER);
    if (index < 0) return -1;
    const { view } = this.window;
    const type = view.getUint32(index, this.littleEndian);
    if (type === 0 || type > LAST_TOOL_RECORD || (type > LAST_KERNEL_RECORD && type < FIRST_TOOL)) return -1;
    if (type === COMPRESSED2) return this.compressedSizeAt(offset);
    const size = view.getUint16(index + 6, this.littleEndian);
    if (size < HEADER || size > MAX_RECORD || offset + size > this.end) return -1;
    if (type < FIRST_TOOL && size % ALIGNMENT !== 0) return -1; // the kernel pads its records
    return this.window.at(offset, size) < 0 ? -1 : size;
  }

  /** A COMPRESSED2 record says its size itself: the one in its header overflows when the data come close to 64 KiB. */
  private compressedSizeAt(offset: number): number {
    const index = this.window.at(offset, HEADER + 8);
    if (index < 0) return -1;
    const data = readU64(this.window.view, index + HEADER, this.littleEndian);
    if (data > MAX_COMPRESSED) return -1;
    const size = Math.ceil((HEADER + 8 + data) / ALIGNMENT) * ALIGNMENT;
    if (
      offset + size > this.end ||
      (this.window.view.getUint16(index + 6, this.littleEndian) !== size && size < MAX_RECORD)
    )
      return -1;
    return this.window.at(offset, size) < 0 ? -1 : size;
  }

  /** Bytes that follow the record without being counted in its size. */
  private payloadBehind(): number {
    const at = this.index + HEADER;
    if (this.type === HEADER_TRACING_DATA && this.size >= HEADER + 4)
      return Math.ceil(this.window.view.getUint32(at, this.littleEndian) / ALIGNMENT) * ALIGNMENT;
    return this.type === AUXTRACE && this.size >= HEADER + 8 ? readU64(this.window.view, at, this.littleEndian) : 0;
  }

  /** First offset from `from` on, in steps of the alignment, where a chain of plausible records starts; -1 when there is none. */
  private resync(from: number): number {
    for (let candidate = from; candidate + HEADER <= this.end; candidate += this.alignment) {
      let at = candidate;
      let good = 0;
      while (good < CHAIN && at < this.end) {
        const size = this.sizeAt(at); // records with a payload behind them are rare: a chain of others will be found
        if (size < 0) break;
        at += size;
        good++;
      }
      if (good === CHAIN || (good > 0 && at === this.end)) return candidate;
    }
    return -1;
  }
}
