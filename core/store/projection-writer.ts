// Writes the projections' rows of one capture into their tables.
import { COLUMNS, type PackedRows, type Table, WORD_COLUMNS, WORDS } from '../projection/row-buffers.ts';
import type { Connection } from './store.ts';

/** Rows in one statement: binding costs more than running, and fewer statements cost less. */
const ROWS = 16;

class TableWriter {
  private readonly insertMany;
  private readonly insertOne;
  private readonly words: readonly boolean[];
  private readonly width: number;
  private readonly capture: number;
  private next: number;
  private readonly values: (number | string | null)[] = [];

  constructor(db: Connection, table: Table, capture: number) {
    const columns = COLUMNS[table].split(' ');
    this.capture = capture;
    this.width = columns.length + 1;
    this.words = ['id', ...columns].map((column) => WORD_COLUMNS.has(column));
    this.next = db.prepare(`SELECT ifnull(max(id), 0) FROM main.${table}`).pluck().get() as number;
    const row = `(?, ?, ${columns.map(() => '?').join(', ')})`;
    const sql = (rows: number): string =>
      `INSERT INTO ${table} (id, capture, ${columns.join(', ')}) VALUES ${Array(rows).fill(row).join(', ')}`;
    this.insertOne = db.prepare(sql(1));
    this.insertMany = db.prepare(sql(ROWS));
  }

  write({ rows, values }: PackedRows): void {
    let row = 0;
    for (; row + ROWS <= rows; row += ROWS) this.insertMany.run(this.bind(values, row, ROWS));
    for (; row < rows; row++) this.insertOne.run(this.bind(values, row, 1));
  }

  private bind(values: Float64Array, row: number, rows: number): (number | string | null)[] {
    const { width, words } = this;
    const bound = this.values;
    bound.length = rows * (width + 1);
    let at = 0;
    for (let from = row * width; from < (row + rows) * width; from += width) {
      const id = values[from];
      bound[at++] = Number.isNaN(id) ? ++this.next : id;
      bound[at++] = this.capture;
      for (let k = 1; k < width; k++) {
        const value = values[from + k];
        bound[at++] = Number.isNaN(value) ? null : words[k] ? WORDS[value] : value;
      }
    }
    return bound;
  }
}

export class ProjectionWriter {
  private readonly writers = new Map<Table, TableWriter>();
  private readonly db: Connection;
  private readonly capture: number;

  constructor(db: Connection, capture: number) {
    this.db = db;
    this.capture = capture;
  }

  write(packed: readonly PackedRows[]): void {
    for (const rows of packed) {
      let writer = this.writers.get(rows.table);
      if (writer === undefined) {
        writer = new TableWriter(this.db, rows.table, this.capture);
        this.writers.set(rows.table, writer);
      }
      writer.write(rows);
    }
  }
}
