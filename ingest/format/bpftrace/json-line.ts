// One line of `bpftrace -f json`: {"type": "printf", "data": "text\n"}, read as bytes; the text may be part of a line, or several.

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const SPACE = 32;
const OPEN_BRACE = 123;

export type JsonKind = 'text' | 'lost' | 'other' | 'damaged';

const TYPE = Uint8Array.from('{"type":', (char) => char.charCodeAt(0));
/** `msg` in 0.9.2, `data` since. */
const TEXT_KEYS = ['data', 'msg'].map((key) => Uint8Array.from(`"${key}":`, (char) => char.charCodeAt(0)));

const isAt = (bytes: Uint8Array, at: number, end: number, what: Uint8Array): boolean => {
  if (at + what.length > end) return false;
  for (let i = 0; i < what.length; i++) if (bytes[at + i] !== what[i]) return false;
  return true;
};

const hex = (byte: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

export class JsonLine {
  /** The text of the line, from `from` to `to` of `text`. */
  text: Uint8Array = new Uint8Array(1024);
  length = 0;
  /** Events that a `lost_events` object counts. */
  lost = 0;

  read(bytes: Uint8Array, from: number, end: number): JsonKind {
    if (!isAt(bytes, from, end, TYPE)) return 'damaged';
    let at = from + TYPE.length;
    while (at < end && bytes[at] === SPACE) at++;
    if (bytes[at] !== QUOTE) return 'damaged';
    const kindAt = at + 1;
    let kindEnd = kindAt;
    while (kindEnd < end && bytes[kindEnd] !== QUOTE) kindEnd++;
    if (kindEnd === end) return 'damaged';
    switch (kindEnd - kindAt) {
      case 6: // printf
      case 4: // time
        return this.readText(bytes, kindEnd + 1, end);
      case 11: // lost_events
        return this.readLost(bytes, kindEnd + 1, end);
      default:
        return 'other';
    }
  }

  private readText(bytes: Uint8Array, from: number, end: number): JsonKind {
    let at = from;
    while (at < end && !TEXT_KEYS.some((key) => isAt(bytes, at, end, key))) at++;
    while (at < end && bytes[at] !== COLON) at++;
    at++;
    while (at < end && bytes[at] === SPACE) at++;
    if (bytes[at] !== QUOTE) return 'other'; // a `map` is as long a word as none of ours
    return this.unescape(bytes, at + 1, end) ? 'text' : 'damaged';
  }

  /** RFC 8259, 7; bytes that are no UTF-8 stay as they are. False when the string does not end. */
  private unescape(bytes: Uint8Array, from: number, end: number): boolean {
    if (this.text.length < end - from) this.text = new Uint8Array(2 * (end - from));
    const { text } = this;
    let length = 0;
    for (let at = from; at < end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.length = length;
        return true;
      }
      if (byte !== BACKSLASH) {
        text[length++] = byte;
        continue;
      }
      const next = bytes[++at];
      if (next === 117) {
        if (at + 4 >= end) return false;
        const code =
          (hex(bytes[at + 1]) << 12) | (hex(bytes[at + 2]) << 8) | (hex(bytes[at + 3]) << 4) | hex(bytes[at + 4]);
        at += 4;
        // bpftrace escapes control characters alone
        text[length++] = code >= 0 && code < 256 ? code : 63;
      } else
        text[length++] =
          next === 110 ? 10 : next === 114 ? 13 : next === 116 ? 9 : next === 98 ? 8 : next === 102 ? 12 : next;
    }
    return false;
  }

  /** `"data": {"events": 3856}`, or `"events": 3856` in 0.9.2. */
  private readLost(bytes: Uint8Array, from: number, end: number): JsonKind {
    let at = from;
    while (at < end && !(bytes[at] >= 48 && bytes[at] <= 57)) at++;
    let count = 0;
    let digits = 0;
    for (; at < end && bytes[at] >= 48 && bytes[at] <= 57; at++, digits++) count = count * 10 + bytes[at] - 48;
    if (digits === 0 || digits > 15) return 'damaged';
    this.lost = count;
    return 'lost';
  }

  /** Whether a line is meant to be JSON at all: shells and bpftrace's remarks are not. */
  static isMeant(bytes: Uint8Array, from: number, end: number): boolean {
    return end > from && bytes[from] === OPEN_BRACE;
  }
}
