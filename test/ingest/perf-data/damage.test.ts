// Damaged files: each is either refused with a place and a way out, or read as far as it goes, and the store never suffers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../core/store/store.ts';
import { bytesOf, changed, ingestBytes, layoutOf, type Outcome, rowCounts } from './bytes.ts';

const file = bytesOf('listen-errors');
const layout = layoutOf(file);
const { attrs, data, features, records } = layout;
const MAX = 0xffff_ffff_ffff_ffffn;
const samples = records.filter((record) => record.type === 9);

let store: Store;
/** Events of the undamaged file. */
let whole = 0;

beforeAll(() => {
  store = openStore(':memory:', { mode: 'create' });
  const outcome = ingestBytes(store.db, file);
  if (outcome.kind === 'stored') whole = outcome.events;
});
afterAll(() => store.close());

/** Ingests and checks what holds for every damaged file. */
function take(bytes: Uint8Array): Outcome {
  const before = rowCounts(store.db);
  const started = performance.now();
  const outcome = ingestBytes(store.db, bytes);
  expect(performance.now() - started).toBeLessThan(3000);
  if (outcome.kind === 'refused') {
    const { error } = outcome;
    expect(error.message.length).toBeGreaterThan(10);
    expect(error.next.length).toBeGreaterThan(5);
    expect(Number.isInteger(error.offset)).toBe(true);
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
    expect(rowCounts(store.db)).toEqual(before);
  } else {
    for (const { offset, reason } of outcome.rejections) {
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset).toBeLessThanOrEqual(bytes.length);
      expect(reason.length).toBeGreaterThan(5);
    }
  }
  return outcome;
}

function refused(bytes: Uint8Array, message: RegExp): void {
  const outcome = take(bytes);
  expect(outcome).toMatchObject({ kind: 'refused', error: { message: expect.stringMatching(message) } });
}

/** Stored with something rejected, or with all its events. */
function survived(bytes: Uint8Array): Extract<Outcome, { kind: 'stored' }> {
  const outcome = take(bytes);
  if (outcome.kind !== 'stored') throw outcome.error;
  if (outcome.rejected === 0) expect(outcome.events).toBe(whole);
  return outcome;
}

const flipped = (at: number): Buffer =>
  changed(file, (copy) => {
    copy[at] ^= 0xff;
  });

/** Refused, or read in part with a word about it. */
function told(bytes: Uint8Array): Outcome {
  const outcome = take(bytes);
  if (outcome.kind === 'stored' && outcome.rejected === 0) expect(outcome.events).toBe(whole);
  return outcome;
}

it('the undamaged file is whole', () => {
  expect(whole).toBeGreaterThan(samples.length);
  expect(data.offset + data.size).toBeLessThan(file.length);
});

describe('not a recording', () => {
  it.each([
    ['an empty file', Buffer.alloc(0), /empty/],
    ['three bytes', Buffer.from('abc'), /no known format/],
    ['the beginning of the magic', Buffer.from('PERF'), /no known format/],
    ['zeros', Buffer.alloc(8192), /zero/],
    ['text', Buffer.from('# Samples: 3 of event cycles\n'.repeat(50)), /no known format/],
    ['the first layout', Buffer.concat([Buffer.from('PERFFILE'), file.subarray(8)]), /first layout/],
    ['the first layout, big-endian', Buffer.concat([Buffer.from('ELIFFREP'), file.subarray(8)]), /first layout/],
    ['only the magic', Buffer.from('PERFILE2'), /ends inside the perf.data header/],
    ['a little-endian file called big-endian', Buffer.concat([Buffer.from('2ELIFREP'), file.subarray(8)]), /./],
  ])('%s', (_, bytes, message) => refused(bytes, message));
});

describe('cut off', () => {
  const lengths = [1, 7, 8, 9, 15, 16, 71, 72, 103, 104, 105, attrs.offset, attrs.offset + 1, attrs.offset + 143];
  lengths.push(attrs.offset + 144, attrs.offset + attrs.size, data.offset, data.offset + 4, data.offset + data.size);
  for (let i = 1; i < 40; i++) lengths.push(Math.floor((file.length * i) / 40));
  for (const { offset, size } of features.values()) lengths.push(offset, offset + (size >> 1), offset + size - 1);
  it.each([...new Set(lengths)].filter((length) => length < file.length).sort((a, b) => a - b))(
    'after %d bytes',
    (length) => {
      const outcome = told(file.subarray(0, length));
      const formats = features.get(1) ?? { offset: 0, size: 0 };
      // without formats only what its records tell by their shape is read, and that is said
      if (length <= formats.offset && outcome.kind === 'stored')
        expect(outcome.rejections.map(({ reason }) => reason).join()).toContain('recognised by the shape');
      if (length <= data.offset) expect(outcome.kind).toBe('refused');
      if (length >= formats.offset + formats.size) expect(outcome).toMatchObject({ kind: 'stored', events: whole });
    },
  );

  it('says how much is there when perf was killed before it had many events', () => {
    const third = samples[2].offset;
    const killed = changed(file.subarray(0, third), (copy) => copy.writeBigUInt64LE(0n, 48));
    const before = records.filter(({ offset }) => offset < third).length;
    refused(killed, new RegExp(`^${before} records are there, but not the event formats`));
  });
});

describe('a header that lies', () => {
  const lie = (at: number, value: bigint): Buffer => changed(file, (copy) => copy.writeBigUInt64LE(value, at));
  it.each([
    ['header size 0', 8, 0n],
    ['header size 2^64-1', 8, MAX],
    ['attr_size 0', 16, 0n],
    ['attr_size 1', 16, 1n],
    ['attr_size 79', 16, 79n],
    ['attr_size 81', 16, 81n],
    ['attr_size of the file', 16, BigInt(file.length)],
    ['attr_size 2^64-1', 16, MAX],
    ['attrs beyond the end', 24, BigInt(file.length + 1)],
    ['attrs at 2^64-1', 24, MAX],
    ['attrs in the data', 24, BigInt(data.offset + 8)],
    ['attrs of size 0', 32, 0n],
    ['attrs of size 143', 32, 143n],
    ['attrs of size 2^64-1', 32, MAX],
    ['data beyond the end', 40, BigInt(file.length + 1)],
    ['data at 0', 40, 0n],
    ['data at 2^64-1', 40, MAX],
    ['data of size 0', 48, 0n],
    ['data of size 1', 48, 1n],
    ['data of size 2^53', 48, 1n << 53n],
    ['data of size 2^64-1', 48, MAX],
    ['no features', 72, 0n],
    ['all features', 72, MAX],
  ])('%s', (_, at, value) => {
    told(lie(at, value));
  });

  it('reads the file when only the number of features is wrong behind the known ones', () => {
    const more = changed(file, (copy) => copy.writeBigUInt64LE(MAX, 96));
    expect(survived(more)).toMatchObject({ events: whole, rejected: 0 });
  });
});

describe('event ids that lie', () => {
  const sectionOf = (k: number): number => attrs.offset + (k + 1) * layout.attrSize - 16;
  const count = attrs.size / layout.attrSize;
  it.each([
    ['beyond the end', BigInt(file.length + 8), 16n],
    ['at 2^64-1', MAX, MAX],
    ['of odd size', 104n, 15n],
    ['of the whole file', 0n, MAX],
  ])('%s, of one event', (_, offset, size) => {
    const outcome = survived(
      changed(file, (copy) => {
        copy.writeBigUInt64LE(offset, sectionOf(3));
        copy.writeBigUInt64LE(size, sectionOf(3) + 8);
      }),
    );
    expect(outcome.events).toBeGreaterThan(0);
  });

  it('of the whole file, of every event', () => {
    told(
      changed(file, (copy) => {
        for (let k = 0; k < count; k++) {
          copy.writeBigUInt64LE(0n, sectionOf(k));
          copy.writeBigUInt64LE(MAX, sectionOf(k) + 8);
        }
      }),
    );
  });
});

describe('damaged records', () => {
  const middle = samples[samples.length >> 1];

  it('a zeroed block of 4096 bytes', () => {
    const start = (middle.offset + 4095) & ~4095;
    const outcome = survived(changed(file, (copy) => copy.fill(0, start, start + 4096)));
    expect(outcome.rejected).toBeGreaterThan(0);
    expect(outcome.rejections[0].offset).toBeLessThanOrEqual(start);
    const hit = records.filter(({ offset, size }) => offset < start + 4096 && offset + size > start).length;
    expect(outcome.events).toBeGreaterThanOrEqual(whole - hit);
    expect(outcome.events).toBeLessThan(whole);
  });

  it.each([0, 7, 8, 9, 16, 4096, 65528, 65535])('a record of size %d', (size) => {
    const outcome = survived(changed(file, (copy) => copy.writeUInt16LE(size, middle.offset + 6)));
    const swallowed = records.filter(({ offset }) => offset >= middle.offset && offset < middle.offset + size).length;
    expect(outcome.rejected).toBeGreaterThan(0);
    expect(outcome.rejections[0].offset).toBe(middle.offset);
    // a size that fits hides what it spans; finding the way again costs no more than a few
    const fits = middle.offset + size <= data.offset + data.size;
    expect(outcome.events).toBeGreaterThanOrEqual(whole - 3 - (fits ? swallowed : 1));
  });

  it.each([0, 23, 63, 91, 0x80000000, 0xffffffff])('a record of type %d', (type) => {
    const outcome = survived(changed(file, (copy) => copy.writeUInt32LE(type, middle.offset)));
    expect(outcome.rejected).toBeGreaterThan(0);
    expect(outcome.rejections[0].offset).toBe(middle.offset);
    expect(outcome.events).toBeGreaterThanOrEqual(whole - 4);
  });

  it('every byte of one sample in turn', () => {
    for (let at = middle.offset; at < middle.offset + middle.size; at++) {
      const outcome = survived(flipped(at));
      if (outcome.rejected > 0) expect(outcome.rejections[0].offset).toBe(middle.offset);
      expect(outcome.events, `byte ${at - middle.offset}`).toBeGreaterThanOrEqual(whole - 6);
    }
  });

  it.each([records[0], ...records.filter((record) => [3, 4, 7].includes(record.type)).slice(-3)])(
    'a record of type $type at $offset, full of ones',
    ({ offset, size }) => {
      const outcome = survived(changed(file, (copy) => copy.fill(0xff, offset + 8, offset + size)));
      expect(outcome.events).toBeGreaterThanOrEqual(whole - 1);
    },
  );

  it('raw data that claims more than its record', () => {
    const at = middle.offset + 8 + 8 * 6;
    expect(file.readUInt32LE(at)).toBeLessThan(middle.size); // IDENTIFIER, IP, TID, TIME, CPU, PERIOD come before it
    const outcome = survived(changed(file, (copy) => copy.writeUInt32LE(0xffffffff, at)));
    expect(outcome).toMatchObject({ events: whole - 1, rejected: 1 });
    expect(outcome.rejections[0].offset).toBe(middle.offset);
  });

  it('a loss of 2^64-1', () => {
    const lost = bytesOf('lost');
    const undamaged = ingestBytes(store.db, lost);
    const record = layoutOf(lost).records.find(({ type }) => type === 2);
    if (record === undefined || undamaged.kind !== 'stored') throw new Error('the fixture has a loss');
    const outcome = take(changed(lost, (copy) => copy.writeBigUInt64LE(MAX, record.offset + 16)));
    expect(outcome).toMatchObject({ kind: 'stored', events: undamaged.events - 1, rejected: 1 });
  });
});

describe('damaged descriptions', () => {
  const formats = features.get(1) ?? { offset: 0, size: 0 };
  const texts = [...file.toString('latin1').matchAll(/name: \w+\nID: \d+\nformat:\n/g)].map((match) => match.index);

  it('finds the formats', () => {
    expect(texts.length).toBe(attrs.size / layout.attrSize - 1); // the last is the software event for side-band
  });

  it.each(texts.map((at, k) => [k, at]))('a size that lies before format %d', (_, at) => {
    for (const size of [0n, 1n, 0x7fffffffn, MAX]) {
      told(changed(file, (copy) => copy.writeBigUInt64LE(size, at - 8)));
    }
  });

  it('a field that cannot be found is not missing in silence', () => {
    const fields = [...file.toString('latin1').matchAll(/\tfield:int (?:oldstate|newstate);/g)];
    expect(fields.length).toBe(2);
    for (const { index } of fields) {
      const outcome = survived(changed(file, (copy) => copy.fill(0, index + 1, index + 5)));
      expect(outcome.rejected).toBeGreaterThan(0);
    }
  });

  it('every byte of the head of the formats in turn', () => {
    for (let at = formats.offset; at < formats.offset + 64; at++) {
      told(flipped(at));
    }
  });

  it.each([...features].filter(([number]) => number !== 1))(
    'feature %d, full of ones, costs no event',
    (_, { offset, size }) => {
      const outcome = survived(changed(file, (copy) => copy.fill(0xff, offset, offset + size)));
      expect(outcome.events).toBe(whole);
    },
  );

  it('a time span that lies costs no event', () => {
    const { offset } = features.get(21) ?? { offset: 0 };
    const first = file.readBigUInt64LE(offset);
    for (const [a, b] of [
      [first / 2n, first / 2n + 1n],
      [first * 2n, first * 2n + 1n],
      [1n, 2n],
    ]) {
      const outcome = survived(
        changed(file, (copy) => {
          copy.writeBigUInt64LE(a, offset);
          copy.writeBigUInt64LE(b, offset + 8);
        }),
      );
      expect(outcome.events).toBe(whole);
    }
  });
});
