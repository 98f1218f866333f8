// Files made to cost time or memory: reading takes time in proportion to the file's size, whatever it says.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../../../core/store/store.ts';
import { bytesOf, changed, ingestBytes, layoutOf } from './bytes.ts';

const file = bytesOf('listen-errors');
const layout = layoutOf(file);
const { attrs, data } = layout;
const MIB = 1 << 20;

let store: Store;
beforeAll(() => {
  store = openStore(':memory:', { mode: 'create' });
});
afterAll(() => store.close());

/** The outcome, after checking that it took no longer than a large file may take. */
function inTime(bytes: Uint8Array, limitMs: number): ReturnType<typeof ingestBytes> {
  const started = performance.now();
  const outcome = ingestBytes(store.db, bytes);
  // a guard against hanging, far above what a loaded machine takes; npm run bench measures
  expect(performance.now() - started).toBeLessThan(limitMs * 8);
  return outcome;
}

/** The file with its data section moved behind its end and filled otherwise. */
function withData(content: Buffer): Buffer {
  const features = file.subarray(data.offset + data.size, data.offset + data.size + 16 * layout.features.size);
  const large = Buffer.concat([file, content, features]);
  large.writeBigUInt64LE(BigInt(file.length), 40);
  large.writeBigUInt64LE(BigInt(content.length), 48);
  return large;
}

function withAttrs(count: number, ids: (k: number) => readonly [offset: number, size: bigint]): Buffer {
  const entry = file.subarray(attrs.offset, attrs.offset + layout.attrSize);
  const large = Buffer.concat([file, Buffer.alloc(count * layout.attrSize)]);
  for (let k = 0; k < count; k++) {
    const at = file.length + k * layout.attrSize;
    entry.copy(large, at);
    const [offset, size] = ids(k);
    large.writeBigUInt64LE(BigInt(offset), at + layout.attrSize - 16);
    large.writeBigUInt64LE(size, at + layout.attrSize - 8);
  }
  large.writeBigUInt64LE(BigInt(file.length), 24);
  large.writeBigUInt64LE(BigInt(count * layout.attrSize), 32);
  return large;
}

it('a thousand events that all claim the whole file as their ids', () => {
  inTime(
    withAttrs(1000, () => [0, 1n << 40n]),
    3000,
  );
  const size = BigInt(file.length + 1000 * layout.attrSize) & ~7n;
  inTime(
    withAttrs(1000, () => [0, size]),
    3000,
  );
});

it('twenty thousand events with an id each', () => {
  inTime(
    withAttrs(20_000, (k) => [file.length + k * layout.attrSize, 8n]),
    5000,
  );
});

it('sixteen MiB without a record', () => {
  expect(inTime(withData(Buffer.alloc(16 * MIB, 0xff)), 5000)).toMatchObject({ events: 0, rejected: 1 });
});

it('headers everywhere that lead nowhere', () => {
  // every 8 bytes a header whose record leads, over another, to zeros: each is tried, none is good
  const header = Buffer.from([9, 0, 0, 0, 0, 0, 0xf8, 0xff]);
  const content = Buffer.alloc(4 * MIB);
  for (let at = 0; at < content.length; at += 3 * 0xfff8)
    content.fill(header, at, Math.min(at + 2 * 0xfff8, content.length));
  const outcome = inTime(withData(content), 5000);
  expect(outcome).toMatchObject({ kind: 'stored' });
});

it('records of eight bytes, each the end of a round', () => {
  const round = Buffer.from([68, 0, 0, 0, 0, 0, 8, 0]);
  const samples = layout.records.filter(({ type }) => type === 9);
  const some = file.subarray(samples[0].offset, samples[0].offset + samples[0].size);
  const outcome = inTime(withData(Buffer.concat([some, Buffer.alloc(8 * MIB, round)])), 5000);
  expect(outcome).toMatchObject({ events: 1, rejected: 0 });
});

it.each([
  ['identifier', (length: number) => 'a'.repeat(length)],
  ['run of blanks', (length: number) => `a${' '.repeat(length)}!`],
  ['run of brackets', (length: number) => '['.repeat(length)],
  ['run of words', (length: number) => 'ab '.repeat(length / 3)],
])('an event format with a field that is one long %s', (_, make) => {
  // the formats are moved to the end of the file, with one of them replaced
  const formats = layout.features.get(1);
  if (formats === undefined) throw new Error('the fixture has formats');
  const blob = file.subarray(formats.offset, formats.offset + formats.size);
  const at = blob.indexOf('name: sys_enter_socket\n');
  const size = Number(blob.readBigUInt64LE(at - 8));
  const text = Buffer.from(`name: x\nID: 1\nformat:\n\tfield:${make(300_000)}!;\toffset:8;\tsize:8;\tsigned:0;\n`);
  const longer = Buffer.concat([blob.subarray(0, at), text, blob.subarray(at + size)]);
  longer.writeBigUInt64LE(BigInt(text.length), at - 8);
  const moved = changed(Buffer.concat([file, longer]), (copy) => {
    const entry = data.offset + data.size; // the first feature is the formats
    copy.writeBigUInt64LE(BigInt(file.length), entry);
    copy.writeBigUInt64LE(BigInt(longer.length), entry + 8);
  });
  expect(inTime(moved, 3000)).toMatchObject({ kind: 'stored' });
});
