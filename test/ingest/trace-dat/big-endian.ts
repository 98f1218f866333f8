// Rewrites a little-endian trace.dat of version 6 as a big-endian machine would have written it. Independent of our decoding; no length changes.

interface Field {
  readonly offset: number;
  readonly size: number;
  /** Bytes per number in it; 1 for text and bytes in network order. */
  readonly element: number;
}

const FIELD = /field:([^;]*);\s*offset:(\d+);\s*size:(\d+);/g;

function fieldsOf(format: string): Field[] {
  return [...format.matchAll(FIELD)].map(([, declaration, offset, size]) => {
    const count = Number(/\[(\d+)\]/.exec(declaration)?.[1] ?? 1);
    const bytes = /\b(char|__u8|u8)\b/.test(declaration) && !declaration.includes('__data_loc');
    return { offset: Number(offset), size: Number(size), element: bytes ? 1 : Number(size) / count };
  });
}

class Swapper {
  readonly file: Buffer;
  at = 0;
  private readonly formats = new Map<number, Field[]>();
  private cpus = 0;

  constructor(file: Buffer) {
    this.file = Buffer.from(file);
  }

  /** Reads a little-endian number and turns it over. */
  private number(width: 2 | 4 | 8): number {
    const value = width === 8 ? Number(this.file.readBigUInt64LE(this.at)) : this.file.readUIntLE(this.at, width);
    this.file.subarray(this.at, this.at + width).reverse();
    this.at += width;
    return value;
  }

  private text(): string {
    const end = this.file.indexOf(0, this.at);
    const text = this.file.toString('latin1', this.at, end);
    this.at = end + 1;
    return text;
  }

  private block(width: 4 | 8): string {
    const size = this.number(width);
    this.at += size;
    return this.file.toString('latin1', this.at - size, this.at);
  }

  private format(): void {
    const text = this.block(8);
    this.formats.set(Number(/^ID: (\d+)/m.exec(text)?.[1]), fieldsOf(text));
  }

  whole(): Buffer {
    this.at = 12;
    this.file[this.at++] = 1; // byte order
    this.at++;
    const pageSize = this.number(4);
    for (const _ of ['header_page', 'header_event']) {
      this.text();
      this.block(8);
    }
    for (let n = this.number(4); n > 0; n--) this.format();
    for (let systems = this.number(4); systems > 0; systems--) {
      this.text();
      for (let n = this.number(4); n > 0; n--) this.format();
    }
    this.block(4);
    this.block(4);
    this.block(8);
    this.cpus = this.number(4);
    const tables = [];
    let tag = this.tag();
    if (tag.startsWith('options')) {
      tables.push(...this.options());
      tag = this.tag();
    }
    if (!tag.startsWith('flyrecord')) throw new Error(`no ring buffers: ${tag}`);
    const pages = this.table();
    for (const table of tables) {
      this.at = table + 10;
      pages.push(...this.table());
    }
    for (const { offset, size } of pages) for (let at = offset; at < offset + size; at += pageSize) this.page(at);
    return this.file;
  }

  private tag(): string {
    this.at += 10;
    return this.file.toString('latin1', this.at - 10, this.at);
  }

  private options(): number[] {
    const tables: number[] = [];
    for (let id = this.number(2); id !== 0; id = this.number(2)) {
      const size = this.number(4);
      const end = this.at + size;
      if (id === 3) tables.push(this.number(8));
      else if (id === 8) this.number(4);
      else if (id === 11) this.number(8);
      this.at = end;
    }
    return tables;
  }

  private table(): { offset: number; size: number }[] {
    const pages = Array.from({ length: this.cpus }, () => ({ offset: this.number(8), size: this.number(8) }));
    this.number(8); // size of the clock's text
    return pages;
  }

  private page(start: number): void {
    this.at = start;
    this.number(8);
    const commit = this.number(8) % 2 ** 27;
    const end = this.at + commit;
    while (this.at + 4 <= end) {
      const word = this.file.readUInt32LE(this.at);
      const type = word % 32;
      const delta = Math.floor(word / 32);
      this.file.writeUInt32BE(type * 2 ** 27 + delta, this.at);
      this.at += 4;
      if (type === 29 && delta === 0) return;
      if (type >= 30) this.number(4);
      else if (type === 29) {
        const length = this.number(4);
        this.at += length - 4;
      } else if (type === 0) {
        const length = this.number(4) - 4;
        this.payload(this.at);
        this.at += Math.ceil(length / 4) * 4;
      } else {
        this.payload(this.at);
        this.at += type * 4;
      }
    }
  }

  private payload(start: number): void {
    const fields = this.formats.get(this.file.readUInt16LE(start));
    if (fields === undefined) throw new Error(`no format at ${start}`);
    for (const { offset, size, element } of fields) {
      if (element === 1) continue;
      for (let at = start + offset; at < start + offset + size; at += element)
        this.file.subarray(at, at + element).reverse();
    }
  }
}

export const bigEndian = (file: Buffer): Buffer => new Swapper(file).whole();
