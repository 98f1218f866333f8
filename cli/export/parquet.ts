// Captures as Parquet in Hive's layout, TABLE/host=…/date=…/CAPTURE.parquet, so that many hosts and days are one table to who queries them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { CaptureReport, Report } from '../../core/report/model.ts';
import { queryEvents } from '../../core/store/event-query.ts';
import { querySql } from '../../core/store/sql-query.ts';
import type { Store } from '../../core/store/store.ts';
import type { WrittenFile } from './csv.ts';

type ColumnType = 'INT64' | 'DOUBLE' | 'STRING';
type Value = bigint | number | string | null;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Value[]>;
}

/** Views, and the columns of them that are text. */
const TEXT: Readonly<Record<string, readonly string[]>> = {
  listeners: ['family', 'address', 'sk', 'opened_comm'],
  connections: ['address', 'client', 'sk', 'outcome', 'comm'],
  depth: ['address'],
  overflows: ['address', 'kind', 'cause', 'evidence', 'client'],
  events: ['type', 'stream', 'comm', 'args'],
};
const CAPTURE_COLUMN = 'capture_sha256';

/** Rows that are in memory at a time. */
const GROUP = 1 << 16;

/** What Hive calls a partition whose value is not known. */
const UNKNOWN_PARTITION = '__HIVE_DEFAULT_PARTITION__';

/** One folder name, whatever the host is called. */
const partition = (name: string, value: string | null): string =>
  `${name}=${value === null || value === '' ? UNKNOWN_PARTITION : encodeURIComponent(Buffer.from(value).toString())}`;

const typeOf = (table: string, column: string): ColumnType =>
  column === CAPTURE_COLUMN || TEXT[table].includes(column) ? 'STRING' : column.endsWith('_ms') ? 'DOUBLE' : 'INT64';

function viewTable(store: Store, name: string, capture: number, listeners: readonly number[] | null): Table {
  const chosen = listeners === null ? '' : ` AND listener IN (${listeners.join(', ')})`;
  const { columns, rows } = querySql(store, `SELECT * FROM v_${name} WHERE capture = ${capture}${chosen}`);
  return { name, columns, rows: rows as Iterable<readonly Value[]> };
}

const EVENT_COLUMNS = [
  'capture',
  'position',
  'at_ns',
  'type',
  'stream',
  'version',
  'cpu',
  'pid',
  'tid',
  'comm',
  'source',
  'args',
];

/** Arguments differ by type: they are a JSON object, with names spelled out. */
function* eventRows(store: Store, capture: number): Generator<Value[], void> {
  const whole = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
  for (const event of queryEvents(store.db, { capture })) {
    const { position, at_ns: at, type, stream, version, cpu, pid, tid, comm, source, ...args } = event;
    yield [
      BigInt(capture),
      BigInt(position),
      BigInt(at),
      type,
      stream,
      BigInt(version),
      whole(cpu),
      whole(pid),
      whole(tid),
      comm,
      BigInt(source),
      JSON.stringify(args),
    ];
  }
}

/** Writes one file; returns how many rows. */
function writeTable(path: string, { name, columns, rows }: Table, capture: CaptureReport, createdBy: string): number {
  const all = [...columns, CAPTURE_COLUMN];
  const types = all.map((column) => typeOf(name, column));
  const { sha256 } = capture;
  let data: Value[][] = all.map(() => []);
  const columnData = () => all.map((column, k) => ({ name: column, data: data[k], type: types[k] }));
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: schemaFromColumnData({ columnData: columnData() }),
    createdBy,
    kvMetadata: [
      { key: 'acceptq.capture', value: capture.path },
      { key: 'acceptq.started_at', value: capture.started_at ?? '' },
      { key: 'acceptq.clock', value: capture.clock },
      { key: 'acceptq.lost_gaps', value: String(capture.lost.gaps) },
    ],
  });
  let count = 0;
  const write = (): void => {
    if (data[0].length > 0) writer.write({ columnData: columnData(), rowGroupSize: GROUP });
    data = all.map(() => []);
  };
  for (const row of rows) {
    for (let k = 0; k < row.length; k++) data[k].push(row[k]);
    data[row.length].push(sha256);
    count++;
    if (data[0].length === GROUP) write();
  }
  write();
  writer.finish();
  return count;
}

/** Throws what the file system throws. `listeners`: only theirs; events are then left out, which are of none in particular. */
export function writeParquet(
  store: Store,
  report: Report,
  directory: string,
  listeners: readonly number[] | null,
): WrittenFile[] {
  const files: WrittenFile[] = [];
  for (const capture of report.captures) {
    const folder = join(partition('host', capture.host), partition('date', capture.started_at?.slice(0, 10) ?? null));
    const file = `${capture.sha256?.slice(0, 16) ?? `capture-${capture.id}`}.parquet`;
    const tables = ['listeners', 'connections', 'depth', 'overflows'].map((name) =>
      viewTable(store, name, capture.id, listeners),
    );
    if (listeners === null) tables.push({ name: 'events', columns: EVENT_COLUMNS, rows: eventRows(store, capture.id) });
    for (const table of tables) {
      mkdirSync(join(directory, table.name, folder), { recursive: true });
      const path = join(directory, table.name, folder, file);
      files.push({ path, rows: writeTable(path, table, capture, report.generated_by) });
    }
  }
  return files;
}
