// A growing list of ascending numbers in few bytes: differences, seven bits a byte, the high bit on all but the last.

export class DeltaList {
  length = 0;
  private last = 0;
  private used = 0;
  private buffer = new Uint8Array(16);

  /** Appends a number greater than the one before. */
  push(value: number): void {
    if (this.used + 8 > this.buffer.length) {
      const wider = new Uint8Array(this.buffer.length * 2);
      wider.set(this.buffer);
      this.buffer = wider;
    }
    let difference = value - this.last;
    this.last = value;
    this.length++;
    while (difference >= 128) {
      this.buffer[this.used++] = (difference % 128) | 128;
      difference = Math.floor(difference / 128);
    }
    this.buffer[this.used++] = difference;
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.used);
  }
}

/** The numbers of such a list, in order. */
export function* readDeltaList(bytes: Uint8Array): Generator<number, void> {
  let value = 0;
  let difference = 0;
  let scale = 1;
  for (const byte of bytes) {
    difference += (byte & 127) * scale;
    if (byte >= 128) {
      scale *= 128;
      continue;
    }
    value += difference;
    yield value;
    difference = 0;
    scale = 1;
  }
}
