// Captures as Parquet in Hive's layout, TABLE/host=…/date=…/CAPTURE.parquet, so that many hosts and days are one table to who queries them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { findEventType } from '../../core/event/event-type.ts';
import type { TraceEvent } from '../../core/event/trace-event.ts';
import type { CaptureReport, Report } from '../../core/report/model.ts';
import { queryEvents } from '../../core/store/event-query.ts';
import { querySql } from '../../core/store/sql-query.ts';
import type { Store } from '../../core/store/store.ts';
import type { WrittenFile } from './csv.ts';
import { Column, type ColumnType, type Value } from './parquet-column.ts';

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

/** Columns whose values differ in nearly every row, and little from one to the next. */
const DISTINCT = new Set(['position', 'at_ns', 'source']);

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
  const id = BigInt(capture);
  for (const event of queryEvents(store.db, { capture })) {
    const { position, at_ns: at, type, stream, version, cpu, pid, tid, comm, source } = event;
    yield [
      id,
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
      argsOf(event),
    ];
  }
}

/** As JSON.stringify has it, without an object of the arguments alone for each of millions of events. */
function argsOf(event: TraceEvent): string {
  let text = '';
  for (const { name } of findEventType(event.type)?.args ?? []) {
    if (EVENT_COLUMNS.includes(name)) continue; // it has a column
    const value = (event as unknown as Readonly<Record<string, number | string | null>>)[name];
    text += `${text === '' ? '' : ','}"${name}":${typeof value === 'string' ? JSON.stringify(value) : value}`;
  }
  return `{${text}}`;
}

/** Writes one file; returns how many rows. */
function writeTable(path: string, { name, columns, rows }: Table, capture: CaptureReport, createdBy: string): number {
  const all = [...columns, CAPTURE_COLUMN];
  const { sha256 } = capture;
  const data = all.map((column) => new Column(column, typeOf(name, column), GROUP));
  for (let row = 0; row < GROUP; row++) data[columns.length].set(row, sha256);
  let held = 0;
  const columnData = () =>
    data.map((column) => ({
      name: column.name,
      data: column.take(held),
      type: column.type,
      ...(DISTINCT.has(column.name) ? { encoding: 'DELTA_BINARY_PACKED' as const } : {}),
    }));
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
    if (held > 0) writer.write({ columnData: columnData(), rowGroupSize: GROUP });
    held = 0;
  };
  for (const row of rows) {
    for (let k = 0; k < row.length; k++) data[k].set(held, row[k]);
    count++;
    if (++held === GROUP) write();
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
