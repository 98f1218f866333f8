// The text of /proc/kallsyms: which function of the listen/accept path a code address is in.
import { pathFunction } from './path-function.ts';

const TWO_32 = 4294967296;
/** A 64-bit address, taken as signed, is exact as a number when its upper half is within this: kernels live at both ends. */
const EXACT_HIGH = 1 << 20;
const MAX_SYMBOLS = 1 << 22;
const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const LONGEST_NAME = 64;
/** tcp_, inet_, reqsk_, unix_, sock_, cookie_, do_, __sys_, __inet_: first letters of the path's functions. */
const FIRST = new Set(['t', 'i', 'r', 'u', 's', 'c', 'd', '_'].map((letter) => letter.charCodeAt(0)));

/** An address as a number that keeps order and distance; NaN for one in the middle of the address space. */
export function addressNumber(high: number, low: number): number {
  const signed = high | 0;
  return signed >= -EXACT_HIGH && signed < EXACT_HIGH ? signed * TWO_32 + low : Number.NaN;
}

const hexDigit = (byte: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

/** t, T, w, W: functions. */
const isCode = (type: number): boolean => (type | 32) === 116 || (type | 32) === 119;

interface PathSymbol {
  readonly name: string;
  readonly start: number;
  end: number;
}

export class KernelSymbols {
  private readonly symbols: PathSymbol[] = [];
  private readonly starts: Float64Array;

  /** `text` is `address type name` in lines. Lines of another shape are passed over. */
  constructor(text: Uint8Array) {
    const all: number[] = [];
    for (let at = 0; at < text.length && all.length < MAX_SYMBOLS; ) {
      const newline = text.indexOf(NEWLINE, at);
      const end = newline < 0 ? text.length : newline;
      this.readLine(text, at, end, all);
      at = end + 1;
    }
    const sorted = Float64Array.from(all).sort();
    this.symbols.sort((a, b) => a.start - b.start);
    for (const symbol of this.symbols) symbol.end = firstAbove(sorted, symbol.start);
    this.starts = Float64Array.from(this.symbols, (symbol) => symbol.start);
  }

  private readLine(text: Uint8Array, start: number, end: number, all: number[]): void {
    let at = start;
    let high = 0;
    let low = 0;
    for (let digit = at < end ? hexDigit(text[at]) : -1; digit >= 0; digit = at < end ? hexDigit(text[at]) : -1) {
      high = (high * 16 + (low >>> 28)) >>> 0;
      low = ((low << 4) | digit) >>> 0;
      at++;
    }
    if (at === start || at - start > 16 || at + 3 >= end || text[at] !== SPACE || text[at + 2] !== SPACE) return;
    const address = addressNumber(high, low);
    if (Number.isNaN(address) || address === 0) return;
    all.push(address);
    const name = at + 3;
    if (!isCode(text[at + 1]) || !FIRST.has(text[name])) return;
    let nameEnd = name;
    while (nameEnd < end && text[nameEnd] !== TAB) nameEnd++; // a module's name follows
    if (nameEnd - name > LONGEST_NAME) return;
    const found = pathFunction(String.fromCharCode(...text.subarray(name, nameEnd)));
    if (found !== null) this.symbols.push({ name: found, start: address, end: address });
  }

  /** Whether any function of the path is known by its address: not where addresses were hidden from the recorder. */
  get known(): boolean {
    return this.symbols.length > 0;
  }

  /** The function that the address is in; null for none of the path. `most` is how far behind its start the address may be. */
  at(high: number, low: number, most = Number.POSITIVE_INFINITY): string | null {
    const address = addressNumber(high, low);
    const { starts, symbols } = this;
    let from = 0;
    let to = starts.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (starts[middle] <= address) from = middle + 1;
      else to = middle;
    }
    if (from === 0) return null;
    const { name, start, end } = symbols[from - 1];
    return address < end && address - start <= most ? name : null;
  }
}

/** The least of ascending numbers above `value`, or a page behind it when there is none. */
function firstAbove(sorted: Float64Array, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] <= value) from = middle + 1;
    else to = middle;
  }
  return from < sorted.length ? sorted[from] : value + 4096;
}
