// The pages of one CPU, one after the other, from plain bytes or from compressed chunks, with little of them in memory.
import type { ByteSource } from '../format.ts';
import { decompressBlock } from './section.ts';
import type { BufferData, CpuData } from './trace-file.ts';

/** The next page of a CPU: `size` bytes at `at` of `view`. */
export interface Pages {
  readonly view: DataView;
  readonly at: number;
  readonly size: number;
  /** Where in the file the page is, or the chunk that it came out of. */
  readonly offset: number;
  /** Bytes of the file that were read so far. */
  readonly consumed: number;
  /** What cannot be read here; the pages go on behind it. Null for a page. */
  readonly damage: string | null;
  /** Goes to the next page or damaged stretch; false at the end. */
  next(): boolean;
}

const READ_AHEAD = 1 << 16;
/** Chunks hold some pages; this is far more. */
const MAX_CHUNK = 32 << 20;
/** Pages shrink to some tenths; many that are nearly empty, on many CPUs, to less. What claims more is made to fill time and memory. */
const MAX_RATIO = 128;
const ALLOWANCE = 64 << 20;
/** So many chunks that cannot be decompressed say that there are none at all; each costs more than it is long. */
const MAX_FAILURES = 1000;

/** What decompression may still take and give, over all CPUs of a file. */
export class Allowance {
  private given = ALLOWANCE;
  private taken: number;
  private failures = 0;

  /** `size` is the file's: no byte of it need be decompressed twice. */
  constructor(size: number) {
    this.taken = size;
  }

  /** Whether `compressed` bytes may become `plain` ones. */
  take(compressed: number, plain: number): boolean {
    this.taken -= compressed + 8;
    this.given += compressed * MAX_RATIO - plain;
    return plain <= MAX_CHUNK && this.taken >= 0 && this.given >= 0;
  }

  /** A chunk could not be decompressed. Returns whether it makes sense to try others. */
  failed(): boolean {
    return ++this.failures <= MAX_FAILURES;
  }
}

class PlainPages implements Pages {
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  size = 0;
  offset: number;
  damage: string | null = null;
  private readonly source: ByteSource;
  private readonly pageSize: number;
  private readonly start: number;
  private readonly end: number;
  private readonly bytes: Uint8Array;
  private filled = 0;

  constructor(source: ByteSource, { offset, size }: CpuData, pageSize: number) {
    this.source = source;
    this.pageSize = pageSize;
    this.start = offset;
    this.offset = offset;
    this.end = Math.min(offset + size, source.size);
    const whole = Math.max(1, Math.floor(READ_AHEAD / pageSize)) * pageSize;
    this.bytes = new Uint8Array(Math.max(0, Math.min(whole, this.end - offset)));
    this.view = new DataView(this.bytes.buffer);
  }

  get consumed(): number {
    return this.offset + this.size - this.start;
  }

  next(): boolean {
    this.offset += this.size;
    this.at += this.size;
    if (this.at >= this.filled) {
      const wanted = Math.min(this.bytes.length, this.end - this.offset);
      if (wanted <= 0) return false;
      const bytes = this.source.read(this.offset, wanted);
      if (bytes.length === 0) return false;
      this.bytes.set(bytes);
      this.filled = bytes.length;
      this.at = 0;
    }
    this.size = Math.min(this.pageSize, this.filled - this.at);
    return true;
  }
}

/** `u32 n`, then n times `u32 compressed size, u32 size, bytes`. The size that the file gives for all of it is not needed. */
class ChunkPages implements Pages {
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  size = 0;
  offset: number;
  damage: string | null = null;
  private readonly source: ByteSource;
  private readonly buffer: BufferData;
  private readonly littleEndian: boolean;
  private readonly allowance: Allowance;
  private readonly start: number;
  private nextChunk: number;
  private chunks = -1;

  constructor(
    source: ByteSource,
    buffer: BufferData,
    { offset }: CpuData,
    littleEndian: boolean,
    allowance: Allowance,
  ) {
    this.source = source;
    this.buffer = buffer;
    this.littleEndian = littleEndian;
    this.allowance = allowance;
    this.start = offset;
    this.offset = offset;
    this.nextChunk = offset + 4;
  }

  get consumed(): number {
    return this.nextChunk - this.start;
  }

  next(): boolean {
    this.damage = null;
    this.at += this.size;
    if (this.at >= this.view.byteLength && !this.readChunk()) return false;
    this.size = Math.min(this.buffer.pageSize, this.view.byteLength - this.at);
    return true;
  }

  private u32(offset: number): number {
    const bytes = this.source.read(offset, 4);
    if (bytes.length < 4) return -1;
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, this.littleEndian);
  }

  /** The next chunk into the view, or the damage in its place; false when there is none. */
  private readChunk(): boolean {
    this.at = this.size = 0;
    this.view = new DataView(new ArrayBuffer(0));
    if (this.chunks < 0) this.chunks = Math.max(0, this.u32(this.start));
    if (this.chunks === 0) return false;
    this.chunks--;
    this.offset = Math.min(this.nextChunk, this.source.size);
    const compressed = this.u32(this.offset);
    const plain = this.u32(Math.min(this.offset + 4, this.source.size));
    if (compressed < 0 || plain < 0 || compressed > this.source.size - this.offset - 8) {
      this.chunks = 0;
      this.damage = 'the file ends inside of a compressed chunk';
      return true;
    }
    this.nextChunk = this.offset + 8 + compressed;
    if (!this.allowance.take(compressed, plain)) {
      this.chunks = 0;
      this.damage = `a compressed chunk that claims to become ${plain} bytes`;
      return true;
    }
    const bytes = decompressBlock(this.buffer.codec, this.source.read(this.offset + 8, compressed), plain);
    if (bytes === null) {
      this.damage = `a chunk that cannot be decompressed (${this.buffer.codec})`;
      if (!this.allowance.failed()) this.chunks = 0;
    } else this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return true;
  }
}

export function pagesOf(
  source: ByteSource,
  buffer: BufferData,
  cpu: CpuData,
  littleEndian: boolean,
  allowance: Allowance,
): Pages {
  return buffer.codec === 'none'
    ? new PlainPages(source, cpu, buffer.pageSize)
    : new ChunkPages(source, buffer, cpu, littleEndian, allowance);
}
