// zstdBlock against a real frame: exactly its length, and nothing else.
import { expect, it } from 'vitest';
import { inflateBlock, zstdBlock } from '../../ingest/format/decompress.ts';
import { traceBytes } from './trace-dat/rows.ts';

// the first section of the file: a header of 16 bytes, both sizes, the frame
const file = traceBytes('v7-zstd');
const packed = file.readUInt32LE(53);
const size = file.readUInt32LE(57);
const frame = file.subarray(61, 61 + packed);

it('gives the content of a frame', () => {
  const content = zstdBlock(frame, size);
  expect(content?.length).toBe(451);
  expect(Buffer.from(content ?? []).toString('latin1')).toMatch(/^header_page\0.*header_event\0.*type == 31/s);
});

it('refuses a frame that becomes more or less than it says', () => {
  for (const wrong of [0, 1, size - 1, size + 1, size * 2, 1 << 20]) expect(zstdBlock(frame, wrong)).toBe(null);
});

it('refuses what is no whole frame', () => {
  for (let end = 0; end < frame.length; end += 7) expect(zstdBlock(frame.subarray(0, end), size)).toBe(null);
  expect(zstdBlock(new Uint8Array(100), 100)).toBe(null);
  expect(inflateBlock(frame, size)).toBe(null);
});
