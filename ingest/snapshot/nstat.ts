// nstat: counters by name as text or JSON. Whether they are since boot (-a) or since nstat's last run, the text does not say.
import { isKept } from './counter-names.ts';
import type { PartReader, SnapshotKind, SnapshotRows } from './snapshot.ts';

/** Of the kernel, or of a daemon that samples it. */
const HEADER = /^#(?:kernel|\d+\.\d+ sampling_interval=\d+ .*)$/;
const ROW = /^([A-Z]\w{0,63}) +(-?\d{1,16})(?: +[\d.]+)?$/;
const JSON_HEADER = /^\s*\{?\s*"kernel": ?\{/;
const JSON_ROW = /"([A-Z]\w{0,63})": ?(-?\d{1,16})(?=[,}\s]|$)/g;

export const NSTAT = 'nstat';

class NstatReader implements PartReader {
  private readonly rows: SnapshotRows;

  constructor(rows: SnapshotRows) {
    this.rows = rows;
  }

  line(text: string): 'used' | 'unread' | 'foreign' {
    if (HEADER.test(text)) return 'used';
    const row = ROW.exec(text);
    if (row !== null) {
      this.take(row[1], row[2]);
      return 'used';
    }
    if (!/["{}]/.test(text)) return 'foreign';
    for (const [, name, value] of text.matchAll(JSON_ROW)) this.take(name, value);
    return /^\s*[{}"]/.test(text) ? 'used' : 'unread';
  }

  end(): void {}

  private take(name: string, value: string): void {
    const number = Number(value);
    if (isKept(name) && Number.isSafeInteger(number)) this.rows.counter(name, number);
  }
}

export const nstat: SnapshotKind = {
  name: NSTAT,
  begins: (line) => (HEADER.test(line) || (JSON_HEADER.test(line) && line.length < 1 << 16) ? NSTAT : null),
  continues: () => null,
  open: (rows) => new NstatReader(rows),
};
