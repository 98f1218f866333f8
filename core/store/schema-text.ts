// What the tables and views of a store are, read from the comments that SQLite keeps in their definitions.
import type { Connection } from './store.ts';

export interface SchemaColumn {
  readonly name: string;
  /** INTEGER, TEXT, REAL or BLOB; null for a computed column. */
  readonly type: string | null;
  /** What it holds; empty when the definition does not say. */
  readonly comment: string;
}

export interface SchemaObject {
  readonly name: string;
  readonly kind: 'view' | 'table';
  readonly purpose: string;
  readonly columns: readonly SchemaColumn[];
}

/** The first line has the purpose. */
const HEAD = /^CREATE (?:TABLE|VIEW) \w+ (?:\(|AS)\s*-- (.*)/;
/** A line that ends a column of a table, or of a view. */
const TABLE_LINE = /^\s*(\w+)\s.*?-- (.*)$/;
const VIEW_LINE = /\bAS (\w+),?\s*-- (.*)$/;

function commentsOf(sql: string, line: RegExp): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  for (const text of sql.split('\n').slice(1)) {
    const match = line.exec(text);
    if (match !== null && !comments.has(match[1])) comments.set(match[1], match[2].trim());
  }
  return comments;
}

/** None for a view over something that is not there any more. */
function columnsOf(db: Connection, name: string): { name: string; type: string }[] {
  try {
    return db.prepare('SELECT name, type FROM pragma_table_info(?) ORDER BY cid').all(name) as ReturnType<
      typeof columnsOf
    >;
  } catch {
    return [];
  }
}

/** Every view and table: views for people first, each kind in order of creation. */
export function readSchema(db: Connection): SchemaObject[] {
  const found = db
    .prepare(
      `SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY type <> 'view', name NOT LIKE 'v\\_%' ESCAPE '\\', rowid`,
    )
    .all() as { name: string; type: 'table' | 'view'; sql: string }[];
  return found.map(({ name, type: kind, sql }) => {
    const comments = commentsOf(sql, kind === 'view' ? VIEW_LINE : TABLE_LINE);
    const own = columnsOf(db, name);
    return {
      name,
      kind,
      purpose: HEAD.exec(sql)?.[1].trim() ?? '',
      columns: own.map(({ name: column, type }) => ({
        name: column,
        type: type === '' ? null : type,
        comment: comments.get(column) ?? '',
      })),
    };
  });
}
