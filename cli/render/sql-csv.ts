// The rows of a query as CSV by RFC 4180, one line at a time.
import type { SqlResult, SqlValue } from '../../core/store/sql-query.ts';
import { escapeText } from './escape.ts';

/** NULL is nothing at all, an empty text is `""`: readers that tell them apart do it so. */
function field(value: SqlValue): string {
  if (value === null) return '';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value !== 'string') return String(value);
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/**
 * Lines without their line feed: each ends in CR, so that with the line feed it ends in CRLF as the RFC has it. Text is written as it is, but
 * on a terminal control characters are spelled out.
 */
export function* sqlCsv({ columns, rows }: SqlResult, terminal: boolean): Generator<string, void> {
  const line = (values: readonly SqlValue[]): string => {
    const safe = terminal ? values.map((value) => (typeof value === 'string' ? escapeText(value) : value)) : values;
    return `${safe.map(field).join(',')}\r`;
  };
  let head = true;
  for (const row of rows) {
    if (head) yield line(columns);
    head = false;
    yield line(row);
  }
  if (head) yield line(columns);
}
