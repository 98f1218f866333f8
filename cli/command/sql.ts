// acceptq sql: one read-only query on a store, or what there is to query.
import { readFileSync } from 'node:fs';
import { closestNames } from '../../core/store/closest-names.ts';
import { readSchema } from '../../core/store/schema-text.ts';
import { hintFor } from '../../core/store/sql-hint.ts';
import { QueryError, querySql, type SqlResult, type SqlValue } from '../../core/store/sql-query.ts';
import type { Store } from '../../core/store/store.ts';
import { sqlCsv } from '../render/sql-csv.ts';
import { sqlJson } from '../render/sql-json.ts';
import { schemaText } from '../render/sql-schema.ts';
import { sqlTable } from '../render/sql-table.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { openForReading } from './open-store.ts';

const FORMATS = ['table', 'csv', 'json'] as const;
type Format = (typeof FORMATS)[number];

interface SqlOptions {
  readonly db: string;
  readonly format?: string;
  readonly json?: boolean;
  /** True: all of it. */
  readonly schema?: string | true;
}

function formatOf({ format, json, schema }: SqlOptions): Format {
  const found = format === undefined ? (json === true ? 'json' : 'table') : FORMATS.find((known) => known === format);
  if (found === undefined) throw new UsageError(`--format takes table, csv or json, not ${format}`);
  if (json === true && found !== 'json') throw new UsageError(`--json and --format ${found}: choose one`);
  if (schema !== undefined && found === 'csv') throw new UsageError('--schema is printed as text, or with --json');
  return found;
}

/** A QueryError as the user sees it, with the names that were meant. */
function shown(error: unknown, store: Store, sql: string): unknown {
  if (!(error instanceof QueryError)) return error;
  const hint = hintFor(error.message, sql, readSchema(store.db));
  const { message } = error;
  return new UsageError(hint === null ? message : `${message}${message.endsWith('?') ? '' : ';'} ${hint}`);
}

/** The rows; the store is closed when they have been read, or reading was given up. */
function* closing(rows: SqlResult['rows'], store: Store, sql: string): Generator<readonly SqlValue[], void> {
  try {
    yield* rows;
  } catch (error) {
    throw shown(error, store, sql);
  } finally {
    store.close();
  }
}

async function query(sql: string, options: SqlOptions, format: Format): Promise<CommandResult> {
  const store = await openForReading(options.db);
  let result: SqlResult;
  try {
    const { columns, rows } = querySql(store, sql);
    result = { columns, rows: closing(rows, store, sql) };
  } catch (error) {
    const told = shown(error, store, sql);
    store.close();
    throw told;
  }
  return {
    exit: 0,
    json: null,
    jsonLines: () => sqlJson(result),
    text: (style) => {
      if (format === 'json') return sqlJson(result);
      return format === 'csv' ? sqlCsv(result, style.terminal) : sqlTable(result, style);
    },
  };
}

async function schema(name: string | true, options: SqlOptions, format: Format): Promise<CommandResult> {
  const store = await openForReading(options.db);
  try {
    const all = readSchema(store.db);
    const objects = name === true ? all : all.filter((object) => object.name === name.toLowerCase());
    if (name !== true && objects.length === 0) {
      const near = closestNames(
        name,
        all.map((object) => object.name),
      );
      throw new UsageError(
        `no such table or view: ${name}; ${near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `}--schema without a name lists all`,
      );
    }
    const json = { schema: 'acceptq.sql-schema/1', objects };
    return {
      exit: 0,
      json,
      text: (style) =>
        format === 'json' ? [JSON.stringify(json, null, 2)] : schemaText(objects, name !== true, style),
    };
  } finally {
    store.close();
  }
}

/** `text` is the query; `-` reads it from standard input. */
export async function sql(text: string | undefined, options: SqlOptions): Promise<CommandResult> {
  const format = formatOf(options);
  if (options.schema !== undefined) {
    if (text !== undefined) throw new UsageError('--schema and a query: choose one');
    return schema(options.schema, options, format);
  }
  if (text === undefined)
    throw new UsageError("give a query, e.g. 'SELECT * FROM v_listeners', or --schema for what there is to query");
  return query(text === '-' ? readFileSync(0, 'utf8') : text, options, format);
}
