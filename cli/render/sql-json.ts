// The rows of a query as one JSON document, written row by row.
import type { SqlResult, SqlValue } from '../../core/store/sql-query.ts';

export const SQL_SCHEMA = 'acceptq.sql/1';

/** An integer that a double cannot hold is a string of digits, an infinite REAL a word, a BLOB hexadecimal digits. */
function plain(value: SqlValue): string | number | null {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

/** Lines of `{ schema, columns, rows }`; a row is an array in the order of the columns, because two may have one name. */
export function* sqlJson({ columns, rows }: SqlResult): Generator<string, void> {
  const head = `{"schema":"${SQL_SCHEMA}","columns":${JSON.stringify(columns)},"rows":[`;
  let before: string | null = null;
  for (const row of rows) {
    yield before === null ? head : `${before},`;
    before = JSON.stringify(row.map(plain));
  }
  if (before === null) yield `${head}]}`;
  else {
    yield before;
    yield ']}';
  }
}
