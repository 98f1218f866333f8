// Adds to the journal: links each addition to the log into the hash chain, or finds it there already when a capture is read again.
import { BEFORE_ALL, chainHash, type JournalKind, type JournalRow, lastEntry, type Reach } from './journal.ts';
import type { Connection } from './store.ts';

/** Dictionary rows that come with an addition, table by table, with the ids that they have. */
export interface Entries {
  readonly strings: readonly (readonly (number | string | null)[])[];
  readonly addresses: readonly (readonly (number | string | null)[])[];
  readonly endpoints: readonly (readonly (number | string | null)[])[];
  readonly tasks: readonly (readonly (number | string | null)[])[];
}

export const NO_ENTRIES: Entries = { strings: [], addresses: [], endpoints: [], tasks: [] };

/** What is read now is not what was begun: another file, or events decoded otherwise. */
export class ResumeError extends Error {}

export class ChainWriter {
  /** Last entry that the database had when this began. */
  private readonly known: number;
  private seq: number;
  private hash: Uint8Array;
  private reach: Reach;
  private readonly insert;
  private readonly stored;

  /** Goes on behind the entry `after`; null: from the beginning. */
  constructor(db: Connection, after: JournalRow | null) {
    this.known = lastEntry(db)?.seq ?? 0;
    this.seq = after?.seq ?? 0;
    this.hash = after?.hash ?? BEFORE_ALL;
    this.reach = after ?? { strings: 0, addresses: 0, endpoints: 0, tasks: 0 };
    this.insert = db.prepare(
      'INSERT INTO journal (seq, kind, capture, position, strings, addresses, endpoints, tasks, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.stored = db.prepare('SELECT hash FROM journal WHERE seq = ?').pluck();
  }

  /** Last entry that was linked. */
  get last(): number {
    return this.seq;
  }

  /**
   * Links an addition. False: the log has it already, equal to the last bit. Throws ResumeError when the log has another in its place.
   */
  link(
    kind: JournalKind,
    capture: number,
    position: number,
    row: readonly (number | string | null)[],
    entries: Entries,
    text: Uint8Array | null,
  ): boolean {
    const { strings, addresses, endpoints, tasks } = entries;
    this.hash = chainHash(this.hash, [kind, capture, position], row, [strings, addresses, endpoints, tasks], text);
    this.seq++;
    this.reach = {
      strings: this.reach.strings + strings.length,
      addresses: this.reach.addresses + addresses.length,
      endpoints: this.reach.endpoints + endpoints.length,
      tasks: this.reach.tasks + tasks.length,
    };
    if (this.seq <= this.known) {
      const stored = this.stored.get(this.seq) as Uint8Array | undefined;
      if (stored === undefined || Buffer.compare(stored, this.hash) !== 0)
        throw new ResumeError(`entry ${this.seq} of the journal is not what is read now`);
      return false;
    }
    const { reach } = this;
    this.insert.run(
      this.seq,
      kind,
      capture,
      position,
      reach.strings,
      reach.addresses,
      reach.endpoints,
      reach.tasks,
      this.hash,
    );
    return true;
  }
}
