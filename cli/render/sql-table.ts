// The rows of a query as an aligned table, harmless on a terminal.
import type { SqlResult, SqlValue } from '../../core/store/sql-query.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { type Column, columnWidths, paint, tableLine } from './text.ts';

/** Widths come from so many rows; all that follow are printed too, in full, where wider out of line. */
const MEASURED = 1000;

/** NULL is `NULL`; a text that reads so is put in quotes. BLOBs are SQL literals. */
function cell(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  if (typeof value === 'string') return value === 'NULL' ? "'NULL'" : escapeText(value);
  return String(value);
}

const isNumber = (value: SqlValue): boolean => typeof value === 'bigint' || typeof value === 'number';

/** A column of numbers alone is aligned right. */
const alignment = (rows: readonly (readonly SqlValue[])[], k: number): Column['align'] => {
  const values = rows.map((row) => row[k]).filter((value) => value !== null);
  return values.length > 0 && values.every(isNumber) ? 'right' : 'left';
};

/** Lines of the table: a head, then each row; `no rows` in their place. Nothing is cut. */
export function* sqlTable({ columns: names, rows }: SqlResult, style: TextStyle): Generator<string, void> {
  const iterator = rows[Symbol.iterator]();
  try {
    const first: (readonly SqlValue[])[] = [];
    let next = iterator.next();
    for (; next.done !== true; next = iterator.next()) {
      first.push(next.value);
      if (first.length === MEASURED) break;
    }
    const columns = names.map((name, k) => ({ title: escapeText(name), align: alignment(first, k) }));
    const cells = first.map((row) => row.map(cell));
    const widths = columnWidths(columns, cells);
    yield paint(
      style,
      'bold',
      tableLine(
        columns,
        widths,
        columns.map(({ title }) => title),
      ),
    );
    if (first.length === 0) yield 'no rows';
    for (const row of cells) yield tableLine(columns, widths, row);
    if (next.done === true) return;
    for (next = iterator.next(); next.done !== true; next = iterator.next())
      yield tableLine(columns, widths, next.value.map(cell));
  } finally {
    iterator.return?.(); // the query ends with its reader
  }
}
