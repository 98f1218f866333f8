// Event formats that lie about single fields: no field is essential enough to end the reading in anything but a CaptureError.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../core/store/store.ts';
import { CaptureError } from '../../../ingest/format/format.ts';
import { reportOn } from '../../support/fixtures.ts';
import { bytesOf, changed, ingestBytes, layoutOf } from './bytes.ts';

const file = bytesOf('listen-errors');
const formats = layoutOf(file).features.get(1) ?? { offset: 0, size: 0 };
const text = file.toString('latin1', formats.offset, formats.offset + formats.size);

interface Line {
  readonly event: string;
  readonly field: string;
  /** Offsets in the file of the field's name, its offset and its size, with their lengths. */
  readonly places: readonly (readonly [at: number, length: number])[];
}

const lines: Line[] = [];
for (const format of text.matchAll(/name: (\w+)\nID: \d+\nformat:\n((?:\t.*\n|\n)*)/g)) {
  const start = formats.offset + format.index + format[0].length - format[2].length;
  for (const line of format[2].matchAll(/field:[^;]*?(\w+)(?:\[[^;]*\])?;\toffset:(\d+);\tsize:(\d+);/dg)) {
    if (line[1].startsWith('common_')) continue;
    const places = [1, 2, 3].map((group) => {
      const [from, to] = line.indices?.[group] ?? [0, 0];
      return [start + from, to - from] as const;
    });
    lines.push({ event: format[1], field: line[1], places });
  }
}
const names = [...new Set(lines.map(({ event }) => event))];

let store: Store;
beforeAll(() => {
  store = openStore(':memory:', { mode: 'create' });
});
afterAll(() => store.close());

/** Ingests into a store that is emptied again by undoing it. */
function attempt(bytes: Buffer): { events: number; rejected: number } | null {
  let outcome: ReturnType<typeof ingestBytes> | undefined;
  store.db.exec('SAVEPOINT attempt');
  try {
    outcome = ingestBytes(store.db, bytes);
    if (outcome.kind === 'stored') expect(reportOn(store).captures.length).toBe(1);
  } finally {
    store.db.exec('ROLLBACK TO attempt; RELEASE attempt');
  }
  if (outcome.kind === 'stored') return outcome;
  expect(outcome.error).toBeInstanceOf(CaptureError);
  return null;
}

describe('one field at a time', () => {
  it('finds the fields', () => {
    expect(names).toContain('inet_sock_set_state');
    expect(names.length).toBeGreaterThan(30);
  });

  it.each(names)('%s', (event) => {
    for (const { field, places } of lines.filter((line) => line.event === event)) {
      const [name, offset, size] = places;
      const lies: (readonly [at: number, value: string])[] = [
        [name[0], 'X'],
        [offset[0], '0'.repeat(offset[1])],
        [offset[0], '9'.repeat(offset[1])],
        ...['0', '1', '2', '4', '8'].map((value) => [size[0], value.padStart(size[1], '0')] as const),
      ];
      for (const [at, value] of lies) {
        const bytes = changed(file, (copy) => copy.write(value, at, 'latin1'));
        const outcome = attempt(bytes);
        expect(outcome, `${field} ${value}`).not.toBeNull();
        expect(outcome?.events, `${field} ${value}`).toBeGreaterThan(0);
      }
    }
  });
});
