// Random damage: whatever happens to the bytes, reading ends soon, with rows or with a CaptureError, and never otherwise.
import { describe, expect, it } from 'vitest';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { openStore } from '../../../core/store/store.ts';
import { CaptureError } from '../../../ingest/format/format.ts';
import { traceDat } from '../../../ingest/format/trace-dat/format.ts';
import { ingestBytes, memorySource } from '../perf-data/bytes.ts';
import { FILES } from './fuzz-files.ts';
import { traceBytes } from './rows.ts';

const CASES = Number(process.env.ACCEPTQ_FUZZ_CASES ?? 20_000);

/** Numbers that repeat from run to run (xorshift32). */
class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  /** 0 to below `limit`. */
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return limit === 0 ? 0 : (this.state >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** Sizes, counts and offsets that lie. */
const LIES = [
  0n,
  1n,
  3n,
  7n,
  8n,
  15n,
  0x7fn,
  0xffn,
  0xfffn,
  0x1000n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 32n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
];

type Kind = 'flip' | 'lie' | 'zero' | 'cut' | 'end' | 'double' | 'splice' | 'swap';
const KINDS: readonly Kind[] = ['flip', 'flip', 'lie', 'lie', 'lie', 'zero', 'cut', 'end', 'double', 'splice', 'swap'];

function damage(file: Buffer, dice: Dice, kind: Kind): Buffer {
  const at = dice.below(file.length);
  const length = 1 + dice.below(dice.pick([4, 64, 600]));
  const copy = Buffer.from(file);
  switch (kind) {
    case 'flip':
      for (let n = 1 + dice.below(8); n > 0; n--) copy[dice.below(copy.length)] ^= 1 << dice.below(8);
      return copy;
    case 'lie': {
      const width = dice.pick([2, 4, 8]);
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(dice.below(4) === 0 ? BigInt(dice.below(file.length * 2)) : dice.pick(LIES));
      bytes.copy(copy, at, 0, width);
      return copy;
    }
    case 'zero':
      return copy.fill(dice.pick([0, 0xff]), at, Math.min(at + length, copy.length));
    case 'cut':
      return Buffer.concat([file.subarray(0, at), file.subarray(at + length)]);
    case 'end':
      return copy.subarray(0, at);
    case 'double':
      return Buffer.concat([file.subarray(0, at + length), file.subarray(at)]);
    case 'splice':
      file.copy(copy, dice.below(file.length), at, at + length);
      return copy;
    case 'swap': {
      const other = dice.below(file.length);
      file.copy(copy, at, other, other + length);
      file.copy(copy, other, at, at + length);
      return copy;
    }
  }
}

interface Outcome {
  readonly rows: string;
  readonly rejected: number;
}

/** Decodes without a store; null when refused. */
function read(bytes: Buffer): Outcome | null {
  try {
    const reader = traceDat.open(memorySource(bytes));
    const rows = new EventBatch(64);
    for (const offset of reader.read({ rows, endRound: () => undefined, releaseBefore: () => undefined }))
      if (offset > bytes.length) throw new Error('progress beyond the end');
    const { length } = rows;
    let text = `${length}\n`;
    for (let row = 0; row < length; row++) {
      if (Number.isNaN(rows.at[row])) throw new Error('a row without a time');
      if (row < 64)
        text += `${rows.at[row]} ${rows.type[row]} ${rows.cpu[row]} ${rows.tid[row]} ${rows.args.map((column) => column[row])}\n`;
    }
    const { totals } = reader;
    // a page gives two notices at most, a record two rows, and the smallest are far smaller
    if (length > 100 + bytes.length * 4) throw new Error(`${length} rows of ${bytes.length} bytes`);
    if (totals.rejections.some(({ offset }) => !(offset >= 0 && offset <= bytes.length)))
      throw new Error('a place outside of the file');
    return { rows: text, rejected: totals.rejected };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    if (error.message === '' || error.next === '') throw new Error('a refusal that says nothing');
    if (error.offset !== null && !(error.offset >= 0 && error.offset <= bytes.length))
      throw new Error('a place outside of the file');
    return null;
  }
}

describe('random damage', () => {
  it(`ends in rows or a CaptureError, soon (${CASES} cases)`, { timeout: 600_000 }, () => {
    const seen = { refused: 0, rejected: 0, same: 0, different: 0 };
    const names = Object.keys(FILES) as (keyof typeof FILES)[];
    const whole = new Map(names.map((name) => [name, FILES[name]()]));
    const outcomes = new Map(names.map((name) => [name, read(whole.get(name) as Buffer)]));
    for (const name of names) expect(outcomes.get(name)).toMatchObject({ rejected: 0 });
    let slowest = 0;
    for (let number = 0; number < CASES; number++) {
      const dice = new Dice(number + 1);
      for (let k = 0; k < 8; k++) dice.below(1);
      const name = dice.pick(names);
      const kind = dice.pick(KINDS);
      // one in eight is damage to pages that are then packed as if nothing had happened
      const bytes =
        dice.below(8) === 0 && kind !== 'end'
          ? FILES[name]((page) => damage(page, dice, kind))
          : damage(whole.get(name) as Buffer, dice, kind);
      const started = performance.now();
      let outcome: Outcome | null;
      try {
        outcome = read(bytes);
      } catch (error) {
        throw new Error(`case ${number} (${name}, ${kind})`, { cause: error });
      }
      slowest = Math.max(slowest, performance.now() - started);
      const intact = outcomes.get(name)?.rows;
      if (outcome === null) seen.refused++;
      else if (outcome.rejected > 0) seen.rejected++;
      else if (outcome.rows === intact) seen.same++;
      else {
        seen.different++;
        // bytes of a record may say something else without a trace of it; a missing end may not
        if (kind === 'end') throw new Error(`case ${number}: the end is missing, and nothing tells`);
      }
    }
    expect(slowest).toBeLessThan(5000);
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(CASES / 100);
  });

  it('of recordings', { timeout: 600_000 }, () => {
    const names = ['overwritten', 'tasks', 'kprobe', 'v7-two-instances', 'large-pages', 'v6-raw-syscalls'];
    for (const [k, name] of names.entries()) {
      const file = traceBytes(name);
      for (let number = 0; number < CASES / 500; number++) {
        const dice = new Dice(1000 * (k + 1) + number);
        read(damage(file, dice, dice.pick(KINDS)));
      }
    }
  });

  it('leaves a store that makes sense', { timeout: 600_000 }, () => {
    let stored = 0;
    for (let number = 0; number < CASES / 200; number++) {
      const dice = new Dice(77_000 + number);
      const name = dice.pick(Object.keys(FILES) as (keyof typeof FILES)[]);
      const store = openStore(':memory:', { mode: 'create' });
      try {
        if (ingestBytes(store.db, damage(FILES[name](), dice, dice.pick(KINDS))).kind === 'refused') continue;
        stored++;
        expect(store.db.prepare('SELECT count(*) FROM events WHERE at_ns < 0').pluck().get()).toBe(0);
      } finally {
        store.close();
      }
    }
    expect(stored).toBeGreaterThan(CASES / 500);
  });
});
