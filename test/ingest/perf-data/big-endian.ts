// Rewrites a little-endian perf.data as a big-endian machine would have written it. Independent of our decoding; no length changes.
import { layoutOf, type Part } from './bytes.ts';

const SAMPLE_RAW = 1 << 10;
const TRACEPOINT = 2;

interface Field {
  readonly offset: number;
  readonly size: number;
  /** Bytes per number in it; 1 for text and bytes in network order. */
  readonly element: number;
}

/** Swaps in place; every method returns the offset behind what it swapped. */
class Swapper {
  readonly file: Buffer;

  constructor(file: Buffer) {
    this.file = file;
  }

  private swap(at: number, width: number): number {
    if (at + width > this.file.length) throw new Error(`nothing to swap at ${at}`);
    this.file.subarray(at, at + width).reverse();
    return at + width;
  }

  u16 = (at: number): number => this.swap(at, 2);
  u32 = (at: number): number => this.swap(at, 4);
  u64 = (at: number): number => this.swap(at, 8);

  u64s(at: number, end: number): number {
    for (let next = at; next < end; ) next = this.u64(next);
    return end;
  }

  /** Takes the little-endian value before it is swapped. */
  takeU32(at: number): number {
    const value = this.file.readUInt32LE(at);
    this.u32(at);
    return value;
  }

  takeU64(at: number): number {
    const value = Number(this.file.readBigUInt64LE(at));
    this.u64(at);
    return value;
  }

  /** u32 length and that many bytes. */
  text(at: number): number {
    return at + 4 + this.takeU32(at);
  }

  texts(at: number): number {
    const count = this.takeU32(at);
    let next = at + 4;
    for (let i = 0; i < count; i++) next = this.text(next);
    return next;
  }

  cString = (at: number): number => this.file.indexOf(0, at) + 1;

  /** u64 length and that many bytes. */
  sized(at: number): number {
    return at + 8 + this.takeU64(at);
  }
}

const reverseBits = (byte: number): number => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) reversed |= 0x80 >> bit;
  return reversed;
};

/** include/uapi/linux/perf_event.h, up to sig_data. Flags are bitfields, which fill bytes from the other end. */
function swapAttr(s: Swapper, at: number): void {
  for (const offset of [0, 4, 48, 52, 88, 92, 104, 112, 116]) s.u32(at + offset);
  for (const offset of [8, 16, 24, 32, 56, 64, 72, 80, 96, 120]) s.u64(at + offset);
  for (const offset of [108, 110]) s.u16(at + offset);
  for (let i = 40; i < 48; i++) s.file[at + i] = reverseBits(s.file[at + i]);
}
const ATTR_SIZE = 128;

interface Attr {
  readonly type: number;
  readonly config: number;
  readonly sampleType: number;
  readonly ids: readonly bigint[];
}

/** Fields of every event by id, read from the formats in the file. */
function formatsIn(blob: string): Map<number, Field[]> {
  const formats = new Map<number, Field[]>();
  for (const [, id, lines] of blob.matchAll(/name: \w+\nID: (\d+)\nformat:\n((?:\t.*\n|\n)*)print fmt/g)) {
    const fields = [...lines.matchAll(/field:(.*?)(\w+)(\[.*\])?;\s*offset:(\d+);\s*size:(\d+)/g)].map(
      ([, type, , array, offset, size]) => {
        if (/__data_loc|__rel_loc/.test(type)) throw new Error(`no conversion for ${type}`);
        if (array !== undefined && !/\b(__u8|u8|char)\b/.test(type))
          throw new Error(`no conversion for ${type}${array}`);
        return { offset: Number(offset), size: Number(size), element: array === undefined ? Number(size) : 1 };
      },
    );
    formats.set(Number(id), fields);
  }
  return formats;
}

const SOCKADDR_IN6 = 28;

function swapRaw(s: Swapper, raw: number, fields: readonly Field[]): void {
  for (const { offset, size, element } of fields) {
    const at = raw + offset;
    if (element === 2) s.u16(at);
    else if (element === 4) s.u32(at);
    else if (element === 8) s.u64(at);
    else if (element !== 1) throw new Error(`no conversion for a field of ${size} bytes`);
    else if (size === SOCKADDR_IN6) s.u16(at); // sa_family is the host's, port and address are in network order
  }
}

const TRAILER_BITS = [1, 2, 6, 9, 7, 16]; // TID TIME ID STREAM_ID CPU IDENTIFIER
const HALVES = [1, 7]; // two u32 each
const BEFORE_RAW = [16, 0, 1, 2, 3, 6, 9, 7, 8]; // IDENTIFIER IP TID TIME ADDR ID STREAM_ID CPU PERIOD

function swapWords(s: Swapper, at: number, bits: readonly number[]): number {
  let next = at;
  for (const bit of bits) next = HALVES.includes(bit) ? s.u32(s.u32(next)) : s.u64(next);
  return next;
}

const bitsOf = (sampleType: number, order: readonly number[]): number[] =>
  order.filter((bit) => (sampleType >>> bit) & 1);

function swapSample(s: Swapper, at: number, attrs: readonly Attr[], formats: ReadonlyMap<number, Field[]>): void {
  const order = bitsOf(attrs[0].sampleType, BEFORE_RAW);
  const idBit = order.includes(16) ? 16 : 6;
  const id = s.file.readBigUInt64LE(at + 8 + 8 * order.indexOf(idBit));
  const attr = attrs.find(({ ids }) => ids.includes(id));
  if (attr === undefined || attr.type !== TRACEPOINT) throw new Error(`sample of unknown id ${id}`);
  const known = order.reduce((mask, bit) => mask | (1 << bit), SAMPLE_RAW);
  if (attr.sampleType !== known) throw new Error(`no conversion for sample_type ${attr.sampleType}`);
  const raw = s.u32(swapWords(s, at + 8, order));
  const fields = formats.get(attr.config);
  if (fields === undefined) throw new Error(`no format for event ${attr.config}`);
  swapRaw(s, raw, fields);
}

/** The records' own parts, without header and trailer (perf: tools/lib/perf/include/perf/event.h). */
function swapBody(s: Swapper, type: number, misc: number, at: number, end: number): void {
  switch (type) {
    case 1: // MMAP
      s.u64s(s.u32(s.u32(at)), at + 32);
      return;
    case 10: {
      // MMAP2: a build id in place of device and inode is bytes
      const file = s.u64s(s.u32(s.u32(at)), at + 32);
      if ((misc & 0x4000) === 0) s.u64(s.u64(s.u32(s.u32(file))));
      s.u32(s.u32(file + 24));
      return;
    }
    case 3: // COMM
      s.u32(s.u32(at));
      return;
    case 4: // EXIT
    case 7: // FORK
      s.u64(s.u32(s.u32(s.u32(s.u32(at)))));
      return;
    case 2: // LOST
    case 13: // LOST_SAMPLES
    case 69: // ID_INDEX
      s.u64s(at, end);
      return;
    case 17: // KSYMBOL
      s.u16(s.u16(s.u32(s.u64(at))));
      return;
    case 73: {
      // THREAD_MAP
      const count = s.takeU64(at);
      for (let i = 0; i < count; i++) s.u64(at + 8 + i * 24);
      return;
    }
    case 74: {
      // CPU_MAP: a list, or a range with a byte in front
      const kind = s.file.readUInt16LE(at);
      if (kind !== 0 && kind !== 2) throw new Error(`no conversion for a cpu map of kind ${kind}`);
      const count = kind === 2 ? 2 : 1 + s.file.readUInt16LE(at + 2);
      s.u16(at);
      for (let i = 0; i < count; i++) s.u16(at + (kind === 2 ? 4 : 2) + i * 2);
      return;
    }
    case 68: // FINISHED_ROUND
    case 82: // FINISHED_INIT
      return;
    default:
      throw new Error(`no conversion for a record of type ${type}`);
  }
}

function swapTracingData(s: Swapper, start: number): void {
  const version = s.cString(start + 10);
  s.file[version] = 1; // big-endian
  let at = s.u32(version + 2);
  for (let i = 0; i < 2; i++) at = s.sized(s.cString(at)); // header_page, header_event
  const ftrace = s.takeU32(at);
  at += 4;
  for (let i = 0; i < ftrace; i++) at = s.sized(at);
  const systems = s.takeU32(at);
  at += 4;
  for (let i = 0; i < systems; i++) {
    at = s.cString(at);
    const events = s.takeU32(at);
    at += 4;
    for (let e = 0; e < events; e++) at = s.sized(at);
  }
  for (let i = 0; i < 2; i++) at += 4 + s.takeU32(at); // kallsyms, printk formats
  s.sized(at); // command lines
}

function swapEventDesc(s: Swapper, start: number): void {
  const events = s.takeU32(start);
  const attrSize = s.takeU32(start + 4);
  let at = start + 8;
  for (let i = 0; i < events; i++) {
    swapAttr(s, at);
    const ids = s.takeU32(at + attrSize);
    at = s.text(at + attrSize + 4);
    at = s.u64s(at, at + ids * 8);
  }
}

/** The feature sections that are converted; the bits of others are cleared. */
const FEATURES: Readonly<Record<number, (s: Swapper, part: Part) => unknown>> = {
  1: (s, { offset }) => swapTracingData(s, offset),
  3: (s, { offset }) => s.text(offset), // host name
  4: (s, { offset }) => s.text(offset), // kernel release
  5: (s, { offset }) => s.text(offset), // version of perf
  6: (s, { offset }) => s.text(offset), // architecture
  7: (s, { offset }) => s.u32(s.u32(offset)), // processors
  11: (s, { offset }) => s.texts(offset), // command line
  12: (s, { offset }) => swapEventDesc(s, offset),
  21: (s, { offset, size }) => s.u64s(offset, offset + size), // first and last sample
  23: (s, { offset }) => s.u64(offset), // resolution of the clock
  29: (s, { offset, size }) => s.u64s(s.u32(s.u32(offset)), offset + size), // clock and wall clock
};

/** The file in the other byte order. Throws where it holds something that this does not know. */
export function toBigEndian(original: Buffer): Buffer {
  const layout = layoutOf(original);
  const s = new Swapper(Buffer.from(original));
  const { file } = s;
  const attrs: Attr[] = [];
  if (layout.attrSize !== ATTR_SIZE + 16) throw new Error(`no conversion for attrs of ${layout.attrSize} bytes`);
  for (let at = layout.attrs.offset; at < layout.attrs.offset + layout.attrs.size; at += layout.attrSize) {
    const offset = Number(file.readBigUInt64LE(at + ATTR_SIZE));
    const size = Number(file.readBigUInt64LE(at + ATTR_SIZE + 8));
    const ids: bigint[] = [];
    for (let k = offset; k < offset + size; k += 8) ids.push(file.readBigUInt64LE(k));
    attrs.push({
      type: file.readUInt32LE(at),
      config: file.readUInt32LE(at + 8),
      sampleType: file.readUInt32LE(at + 24),
      ids,
    });
    swapAttr(s, at);
    s.u64s(at + ATTR_SIZE, at + ATTR_SIZE + 16);
    s.u64s(offset, offset + size);
  }
  const formats = formatsIn(original.toString('latin1'));
  const trailer = bitsOf(attrs[0].sampleType, TRAILER_BITS);
  for (const { type, offset, size } of layout.records) {
    const misc = file.readUInt16LE(offset + 4);
    const end = offset + size - (type < 64 && type !== 9 ? trailer.length * 8 : 0);
    if (type === 9) swapSample(s, offset, attrs, formats);
    else {
      swapBody(s, type, misc, offset + 8, end);
      if (type < 64) swapWords(s, end, trailer);
    }
    s.u16(s.u16(s.u32(offset)));
  }
  const bitmap = Buffer.alloc(32);
  let entry = layout.data.offset + layout.data.size;
  for (const [number, part] of layout.features) {
    const convert = FEATURES[number];
    if (convert === undefined) continue;
    convert(s, part);
    bitmap[(number >> 6) * 8 + 7 - ((number & 63) >> 3)] |= 1 << (number & 7);
    file.writeBigUInt64BE(BigInt(part.offset), entry);
    file.writeBigUInt64BE(BigInt(part.size), entry + 8);
    entry += 16;
  }
  file.write('2ELIFREP', 0, 'latin1');
  s.u64s(8, 72);
  bitmap.copy(file, 72);
  return file;
}
