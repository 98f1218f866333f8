// What strace quotes: strings with the escapes of C.

const BACKSLASH = 92;
const X = 120;
const LETTERS: Readonly<Record<number, number>> = { 97: 7, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9, 118: 11 };
const isOctal = (byte: number): boolean => byte >= 48 && byte <= 55;

const hexDigit = (byte: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

/** The bytes that a quoted text stands for, without its quotes. */
export function unquote(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const plain = new Uint8Array(to - from);
  let length = 0;
  for (let at = from; at < to; ) {
    if (bytes[at] !== BACKSLASH || at + 1 >= to) {
      plain[length++] = bytes[at++];
      continue;
    }
    at++;
    let value = 0;
    if (isOctal(bytes[at])) {
      for (let digits = 0; digits < 3 && at < to && isOctal(bytes[at]); digits++) value = value * 8 + bytes[at++] - 48;
    } else if (bytes[at] === X && hexDigit(bytes[at + 1]) >= 0) {
      at++;
      for (let digits = 0; digits < 2 && at < to && hexDigit(bytes[at]) >= 0; digits++)
        value = value * 16 + hexDigit(bytes[at++]);
    } else {
      value = LETTERS[bytes[at]] ?? bytes[at];
      at++;
    }
    plain[length++] = value;
  }
  return plain.subarray(0, length);
}
