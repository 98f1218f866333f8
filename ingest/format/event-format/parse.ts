// The kernel's event format text (tracefs events/*/*/format, embedded in perf.data and trace.dat): names, offsets, sizes, enums.

export interface Field {
  readonly name: string;
  /** The C declaration without the name, e.g. `unsigned int`, `__u8[4]`. */
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
}

export interface EventFormat {
  readonly system: string;
  readonly name: string;
  readonly id: number;
  /** Fields in order, the common ones first. */
  readonly fields: readonly Field[];
  readonly printFmt: string;
}

const MAX_FIELDS = 256;
const MAX_OFFSET = 65536;
/** Longer lines are none of the kernel's. */
const MAX_LINE = 1024;

/** `field:unsigned int fd;	offset:16;	size:8;	signed:0;` */
const FIELD = /^\s*field:([^;]*);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d);)?/;

/** Splits `__u8 saddr[4]` into name and type. In `__data_loc char[] name` the brackets stand before the name. */
function splitDeclaration(declaration: string): { name: string; type: string } | null {
  const array = /^(.*?)([A-Za-z_]\w*)\s*(\[[^\]]*\])?\s*$/.exec(declaration.trim());
  if (array === null) return null;
  return { name: array[2], type: array[1].trim() + (array[3] ?? '') };
}

/** Parses one format text; null when it has no name, no id, or a field that cannot be read. */
export function parseEventFormat(system: string, text: string): EventFormat | null {
  let name: string | undefined;
  let id: number | undefined;
  let printFmt = '';
  const fields: Field[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('name: ')) name = line.slice(6).trim();
    else if (line.startsWith('ID: ')) id = Number(line.slice(4));
    else if (line.startsWith('print fmt: ')) printFmt = line.slice(11);
    else if (line.includes('field:') || line.includes('\0')) {
      if (fields.length === MAX_FIELDS || line.length > MAX_LINE) return null;
      const match = FIELD.exec(line);
      const split = match === null ? null : splitDeclaration(match[1]);
      if (match === null || split === null) return null; // a field that is missed would shift the meaning of others
      const offset = Number(match[2]);
      const size = Number(match[3]);
      if (offset + size > MAX_OFFSET) return null;
      fields.push({ ...split, offset, size, signed: match[4] === '1' });
    }
  }
  if (name === undefined || id === undefined || !Number.isInteger(id)) return null;
  return { system, name, id, fields, printFmt };
}

/** The value names that a `__print_symbolic(REC->field, { 2, "NAME" }, …)` in the print format gives a field. */
export function symbolsOf(format: EventFormat, field: string): Map<number, string> {
  const symbols = new Map<number, string>();
  const start = format.printFmt.indexOf(`__print_symbolic(REC->${field},`);
  if (start < 0) return symbols;
  const end = format.printFmt.indexOf('})', start);
  const list = format.printFmt.slice(start, end < 0 ? undefined : end + 1);
  for (const match of list.matchAll(/\{\s*(0x[0-9a-fA-F]+|\d+)\s*,\s*"([^"]*)"\s*\}/g)) {
    if (!symbols.has(Number(match[1]))) symbols.set(Number(match[1]), match[2]);
  }
  return symbols;
}
