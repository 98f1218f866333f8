// Rewrites a recorded perf.data as older tools and kernels wrote it. Knows the layout by itself, in either byte order.

const PIPE_HEADER = 16;
const FLAGS_AT = 40;
const SAMPLE_ID_ALL = 18;
const SAMPLE = 9;
const FIRST_TOOL_RECORD = 64;
const TRACING_DATA = 1;
/** TID TIME ID STREAM_ID CPU IDENTIFIER: a word of the trailer each. */
const TRAILER_BITS = [1, 2, 6, 9, 7, 16];

/** A file in one byte order. */
class Words {
  readonly file: Buffer;
  readonly big: boolean;

  constructor(file: Buffer) {
    this.file = Buffer.from(file);
    this.big = file.toString('latin1', 0, 8) === '2ELIFREP';
  }

  u16(at: number): number {
    return this.big ? this.file.readUInt16BE(at) : this.file.readUInt16LE(at);
  }

  u32(at: number): number {
    return this.big ? this.file.readUInt32BE(at) : this.file.readUInt32LE(at);
  }

  u64(at: number): number {
    return Number(this.big ? this.file.readBigUInt64BE(at) : this.file.readBigUInt64LE(at));
  }

  put32(at: number, value: number): void {
    if (this.big) this.file.writeUInt32BE(value, at);
    else this.file.writeUInt32LE(value, at);
  }

  put16(at: number, value: number): void {
    if (this.big) this.file.writeUInt16BE(value, at);
    else this.file.writeUInt16LE(value, at);
  }

  put64(at: number, value: number): void {
    if (this.big) this.file.writeBigUInt64BE(BigInt(value), at);
    else this.file.writeBigUInt64LE(BigInt(value), at);
  }

  get attrs(): number[] {
    const [entry, offset, size] = [this.u64(16), this.u64(24), this.u64(32)];
    return Array.from({ length: size / entry }, (_, k) => offset + k * entry);
  }
}

/** Attrs of a perf that knew `size` bytes of them: 64 (2.6.33), 72 (2.6.36), 80 (3.3), 96 (3.7). */
export function withAttrsOf(file: Buffer, size: number): Buffer {
  const words = new Words(file);
  const old = words.u64(16) - 16;
  const entries = words.attrs.map((at) => {
    words.put32(at + 4, size);
    return Buffer.concat([words.file.subarray(at, at + size), words.file.subarray(at + old, at + old + 16)]);
  });
  const section = Buffer.concat(entries);
  section.copy(words.file, words.u64(24));
  words.put64(16, size + 16);
  words.put64(32, section.length);
  return words.file;
}

/** With the section of event names that perf wrote until 3.9: u64 id, 64 bytes of name. */
export function withEventTypes(file: Buffer): Buffer {
  const words = new Words(file);
  const types = Buffer.alloc(72 * words.attrs.length);
  words.attrs.forEach((at, k) => {
    words.file.copy(types, 72 * k, at + 8, at + 16);
    types.write(`event-${k}`, 72 * k + 8);
  });
  words.put64(56, file.length);
  words.put64(64, types.length);
  return Buffer.concat([words.file, types]);
}

/** The same names in a pipe: HEADER_EVENT_TYPE records behind the header. */
export function withEventTypeRecords(pipe: Buffer): Buffer {
  const record = Buffer.alloc(8 + 72);
  record.writeUInt32LE(65, 0);
  record.writeUInt16LE(record.length, 6);
  record.write('syscalls:sys_enter_listen', 16);
  return Buffer.concat([pipe.subarray(0, PIPE_HEADER), record, record, pipe.subarray(PIPE_HEADER)]);
}

/** tracing_data as perf wrote it until 3.14: version 0.5, with the kernel's symbols, and without the names of tasks. */
export function withTracingData05(file: Buffer, kallsyms: string): Buffer {
  const words = new Words(file);
  const table = words.u64(40) + words.u64(48);
  const first = words.u64(table); // feature 1 is the lowest bit that is set
  const size = words.u64(table + 8);
  const blob = Buffer.from(words.file.subarray(first, first + size));
  const version = blob.indexOf('0.6\0');
  if (version < 0 || version > 16) throw new Error('no version 0.6');
  blob.write('0.5', version, 'latin1');
  // back from the end: u64 size and the names of tasks, u32 size and printk formats, u32 size of no symbols
  const own = new Words(Buffer.concat([words.file.subarray(0, 8), blob]));
  let end = own.file.length;
  for (let at = end - 8; at > 8; at--) {
    const rest = end - at;
    if (own.u64(at) !== rest - 8) continue;
    end = at;
    break;
  }
  for (let at = end - 4; at > 8; at--) {
    if (own.u32(at) !== end - at - 4 || own.u32(at - 4) !== 0) continue;
    const symbols = Buffer.alloc(4 + kallsyms.length);
    if (words.big) symbols.writeUInt32BE(kallsyms.length, 0);
    else symbols.writeUInt32LE(kallsyms.length, 0);
    symbols.write(kallsyms, 4, 'latin1');
    const made = Buffer.concat([own.file.subarray(8, at - 4), symbols, own.file.subarray(at, end)]);
    words.put64(table, words.file.length);
    words.put64(table + 8, made.length);
    return Buffer.concat([words.file, made]);
  }
  throw new Error(`no end of the formats in section ${TRACING_DATA}`);
}

/** Without sample_id_all: only samples say when and where, as before 2.6.38. */
export function withoutSampleIds(file: Buffer): Buffer {
  const words = new Words(file);
  const mask = 1 << (words.big ? 7 - (SAMPLE_ID_ALL & 7) : SAMPLE_ID_ALL & 7);
  let trailer = 0;
  for (const at of words.attrs) {
    words.file[at + FLAGS_AT + (SAMPLE_ID_ALL >> 3)] &= ~mask;
    const sampleType = words.u32(at + (words.big ? 28 : 24));
    trailer = 8 * TRAILER_BITS.filter((bit) => (sampleType >>> bit) & 1).length;
  }
  const [offset, size] = [words.u64(40), words.u64(48)];
  const records: Buffer[] = [];
  for (let at = offset; at < offset + size; ) {
    const length = words.u16(at + 6);
    const type = words.u32(at);
    const kept = type === SAMPLE || type >= FIRST_TOOL_RECORD ? length : length - trailer;
    words.put16(at + 6, kept);
    records.push(words.file.subarray(at, at + kept));
    at += length;
  }
  const data = Buffer.concat(records);
  const end = offset + size;
  const shift = size - data.length;
  const moved = new Words(Buffer.concat([words.file.subarray(0, offset), data, words.file.subarray(end)]));
  moved.put64(48, data.length);
  let features = 0;
  for (let byte = 72; byte < 104; byte++) for (let bits = words.file[byte]; bits !== 0; bits &= bits - 1) features++;
  for (let k = 0; k < features; k++) {
    const section = words.u64(end + 16 * k);
    if (section >= end) moved.put64(end - shift + 16 * k, section - shift);
  }
  return moved.file;
}
