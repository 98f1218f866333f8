// A place in a line of text, and the numbers read from there: digits become numbers without a string in between.

const SPACE = 32;
const TWO_32 = 4294967296;
/** More digits than this do not fit a number exactly. */
const MOST_DIGITS = 15;
/** Addresses of a 64-bit kernel lie in the upper half; an address that was hashed for printing has 32 bits. */
const KERNEL_HALF = 0x80000000;
/** include/linux/err.h: MAX_ERRNO */
const MAX_ERRNO = 4095;

const hexDigit = (byte: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

export class TextCursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** One behind the last byte of the line. */
  end = 0;
  /** The last hex number: its two halves, how many digits it had, and whether `0x` stood before them. */
  high = 0;
  low = 0;
  digits = 0;
  prefixed = false;

  set(bytes: Uint8Array, from: number, end: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** The byte at the cursor, -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.bytes[this.at] : -1;
  }

  /** Passes a byte if it is there. */
  take(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  skipSpaces(): void {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && (bytes[at] === SPACE || bytes[at] === 9)) at++;
    this.at = at;
  }

  /** Passes up to the next `byte`, which is passed too; false (and the cursor at the end) when there is none. */
  skipPast(byte: number): boolean {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && bytes[at] !== byte) at++;
    this.at = at < end ? at + 1 : end;
    return at < end;
  }

  /** Decimal digits; -1 when there is none, NaN when there are too many to be exact. */
  decimal(): number {
    const { bytes, end } = this;
    const from = this.at;
    let at = from;
    let value = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    this.at = at;
    if (at === from) return -1;
    return at - from > MOST_DIGITS ? Number.NaN : value;
  }

  /** Hex digits, with or without `0x`, into `high` and `low`. False when there is none or more than 16. */
  hex(): boolean {
    const { bytes, end } = this;
    let { at } = this;
    this.prefixed = at + 1 < end && bytes[at] === 48 && (bytes[at + 1] | 32) === 120;
    if (this.prefixed) at += 2;
    const from = at;
    let high = 0;
    let low = 0;
    for (; at < end; at++) {
      const digit = hexDigit(bytes[at]);
      if (digit < 0) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    this.at = at;
    this.high = high >>> 0;
    this.low = low >>> 0;
    this.digits = at - from;
    return at > from && at - from <= 16;
  }

  /** The last hex number as an unsigned 64-bit value; NaN where a number cannot hold it. */
  unsigned64(): number {
    const value = this.high * TWO_32 + this.low;
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }

  /**
   * The last hex number as the signed value of a register. 32-bit kernels print eight digits; no call of the path returns
   * as much as that, so they mean a negative value there.
   */
  signed64(): number {
    if (this.high === 0 && this.digits <= 8 && this.low >= TWO_32 - MAX_ERRNO) return this.low - TWO_32;
    const value = (this.high | 0) * TWO_32 + this.low;
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }

  /** True when the last hex number is an address of the kernel, not NULL and not one that was hashed for printing. */
  isAddress(): boolean {
    if (this.high === 0 && this.low === 0) return false;
    return this.prefixed || (this.digits === 16 && this.high >= KERNEL_HALF);
  }

  /** A number as C prints it, `0x2a` or `-42`: NaN when there is none or it is not exact. */
  integer(): number {
    if (this.at + 1 < this.end && this.bytes[this.at] === 48 && (this.bytes[this.at + 1] | 32) === 120)
      return this.hex() ? this.signed64() : Number.NaN;
    this.prefixed = false;
    this.digits = 0;
    const negative = this.take(45);
    const value = this.decimal();
    if (value < 0) return Number.NaN;
    return negative ? -value : value;
  }
}
