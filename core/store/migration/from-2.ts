// Version 2 to 3: the log becomes a journal. Facts are taken over as they are; the hash chain begins here, over all of them.
import { newTotals, type Rejection } from '../../event/capture.ts';
import { END_COLUMNS, endRow, START_COLUMNS, startRow } from '../capture-rows.ts';
import { ChainWriter, type Entries, NO_ENTRIES } from '../chain-writer.ts';
import { DICTIONARIES, DICTIONARY_COLUMNS } from '../journal.ts';
import type { Connection } from '../store.ts';
import { StoreError } from '../store-error.ts';

interface OldCapture {
  readonly id: number;
  readonly sha256: string;
  readonly path: string;
  readonly format: string;
  readonly tool: string | null;
  readonly kernel: string | null;
  readonly arch: string | null;
  readonly host: string | null;
  readonly cmdline: string | null;
  readonly unit: 'byte' | 'line';
  readonly pointers: number;
  readonly clock: string;
  readonly origin: string | null;
  readonly wall_offset: string | null;
  readonly probes: string;
  readonly first_position: number;
  readonly events: number;
  readonly duration_ns: number;
  readonly records: number;
  readonly ignored: number;
  readonly rejected: number;
  readonly rejections: string;
  readonly out_of_order: number;
}

const LOG = ['captures', 'event_types', 'batches', ...DICTIONARIES];

/** `create` makes the tables of the new version. */
export function from2(db: Connection, create: () => void): void {
  for (const table of LOG) db.exec(`ALTER TABLE ${table} RENAME TO old_${table}`);
  const others = db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'old!_%' ESCAPE '!' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    )
    .pluck()
    .all() as string[];
  for (const table of others) db.exec(`DROP TABLE "${table.replaceAll('"', '""')}"`);
  create();
  takeTypes(db);
  for (const dictionary of DICTIONARIES) takeDictionary(db, dictionary);
  const chain = new ChainWriter(db, null);
  for (const capture of db.prepare('SELECT * FROM old_captures ORDER BY id').all() as OldCapture[])
    takeCapture(db, chain, capture);
  for (const table of [...LOG].reverse()) db.exec(`DROP TABLE old_${table}`);
}

/** Their names were unique, their version was the first. */
function takeTypes(db: Connection): void {
  db.exec(
    'INSERT INTO event_types (code, name, version, stream, args) SELECT code, name, 1, stream, args FROM old_event_types',
  );
}

/** The journal counts on ids without holes, as they were given. */
function takeDictionary(db: Connection, name: (typeof DICTIONARIES)[number]): void {
  const columns = DICTIONARY_COLUMNS[name];
  const [count, last] = db.prepare(`SELECT count(*), ifnull(max(id), 0) FROM old_${name}`).raw().get() as number[];
  if (count !== last)
    throw new StoreError(
      db.name,
      `${last - count} rows of its table ${name} are missing`,
      'ingest the captures again into a new store',
    );
  db.exec(`INSERT INTO ${name} (${columns}) SELECT ${columns} FROM old_${name} ORDER BY id`);
}

function takeCapture(db: Connection, chain: ChainWriter, old: OldCapture): void {
  const { id, sha256, path, wall_offset: wallOffset, origin, first_position: first, events, ...rest } = old;
  const info = { ...rest, wallOffset, pointers: old.pointers === 1, probes: JSON.parse(old.probes) as string[] };
  const insert = (table: string, columns: string, row: readonly (number | string | null)[]): void => {
    db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${row.map(() => '?').join(', ')})`).run(...row);
  };
  const start = startRow(id, { sha256, path }, info, origin, first);
  chain.link('start', id, first, start, NO_ENTRIES, null);
  insert('capture_starts', START_COLUMNS, start);
  // what its events name goes with the first of them
  let named = entriesOf(db, id);
  const columns = 'position, capture, count, at_ns, source, from_ns, to_ns';
  const next = db
    .prepare(`SELECT ${columns}, events FROM old_batches WHERE capture = ? AND position > ? ORDER BY position LIMIT 1`)
    .raw();
  for (let last = 0; ; ) {
    const batch = next.get(id, last) as [...number[], string] | undefined;
    if (batch === undefined) break;
    const text = batch.pop() as string;
    const row = batch as number[];
    [last] = row;
    chain.link('batch', id, last, row, named, Buffer.from(text, 'latin1'));
    named = NO_ENTRIES;
    insert('batches', `${columns}, events`, [...row, text]);
  }
  const totals = {
    ...newTotals(),
    records: old.records,
    ignored: old.ignored,
    rejected: old.rejected,
    rejections: JSON.parse(old.rejections) as Rejection[],
    outOfOrder: old.out_of_order,
  };
  const end = endRow(id, 'complete', sha256, events, { info, totals, origin, lastAt: old.duration_ns });
  chain.link('end', id, first + events, end, named, null);
  insert('capture_ends', END_COLUMNS, end);
}

function entriesOf(db: Connection, capture: number): Entries {
  const rows = (name: (typeof DICTIONARIES)[number]) =>
    db
      .prepare(`SELECT ${DICTIONARY_COLUMNS[name]} FROM ${name} WHERE capture = ? ORDER BY id`)
      .raw()
      .all(capture) as Entries['strings'];
  return { strings: rows('strings'), addresses: rows('addresses'), endpoints: rows('endpoints'), tasks: rows('tasks') };
}
