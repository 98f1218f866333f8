// perf.data files in memory, for tests that change bytes: a strict ByteSource, and where things are in a little-endian file.
import { readFileSync } from 'node:fs';
import type { Connection } from '../../../core/store/store.ts';
import { type ByteSource, CaptureError } from '../../../ingest/format/format.ts';
import { ingestCapture } from '../../../ingest/ingest.ts';
import { perfDataOf } from '../../support/fixtures.ts';

export const bytesOf = (name: string): Buffer => readFileSync(perfDataOf(name));

/** Bytes as a source; refuses reads that make no sense. */
export function memorySource(bytes: Uint8Array, name = 'memory'): ByteSource {
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      if (!(offset >= 0 && length >= 0 && Number.isInteger(offset) && Number.isInteger(length)))
        throw new Error(`read of ${length} bytes at ${offset}`);
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
  };
}

export interface Part {
  readonly offset: number;
  readonly size: number;
}

export interface Layout {
  readonly attrSize: number;
  readonly attrs: Part;
  readonly data: Part;
  /** By feature number. */
  readonly features: ReadonlyMap<number, Part>;
  readonly records: readonly (Part & { readonly type: number })[];
}

/** Where things are in an undamaged little-endian file. */
export function layoutOf(file: Buffer): Layout {
  const u64 = (at: number): number => Number(file.readBigUInt64LE(at));
  const data = { offset: u64(40), size: u64(48) };
  const features = new Map<number, Part>();
  let table = data.offset + data.size;
  for (let bit = 0; bit < 256; bit++) {
    if (((file[72 + (bit >> 3)] >> (bit & 7)) & 1) === 0) continue;
    features.set(bit, { offset: u64(table), size: u64(table + 8) });
    table += 16;
  }
  const records = [];
  for (let at = data.offset; at < data.offset + data.size; ) {
    const size = file.readUInt16LE(at + 6);
    records.push({ type: file.readUInt32LE(at), offset: at, size });
    at += size;
  }
  return { attrSize: u64(16), attrs: { offset: u64(24), size: u64(32) }, data, features, records };
}

/** A copy with some bytes changed. */
export function changed(file: Buffer, change: (copy: Buffer) => unknown): Buffer {
  const copy = Buffer.from(file);
  change(copy);
  return copy;
}

export type Outcome =
  | { readonly kind: 'refused'; readonly error: CaptureError }
  | {
      readonly kind: 'stored';
      readonly capture: number;
      readonly events: number;
      readonly rejected: number;
      readonly rejections: readonly { readonly offset: number; readonly reason: string }[];
    };

/** Ingests bytes. Anything thrown but a CaptureError goes on. */
export function ingestBytes(db: Connection, bytes: Uint8Array): Outcome {
  let capture: number;
  try {
    ({ capture } = ingestCapture(db, memorySource(bytes)));
  } catch (error) {
    if (error instanceof CaptureError) return { kind: 'refused', error };
    throw error;
  }
  const row = db.prepare('SELECT events, rejected, rejections FROM captures WHERE id = ?').get(capture) as {
    events: number;
    rejected: number;
    rejections: string;
  };
  return { kind: 'stored', capture, ...row, rejections: JSON.parse(row.rejections) };
}

/** Rows of every table. */
export function rowCounts(db: Connection): Record<string, number> {
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
  return Object.fromEntries(
    tables.map((table) => [table, db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get() as number]),
  );
}
