// DuckDB as an independent reader of what acceptq exports.
import { DuckDBInstance } from '@duckdb/node-api';

/** The rows of a query, in a database of its own. Integers of 64 bits are bigint. */
export async function duckdb(query: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(query)).getRowObjects();
    connection.closeSync();
    return rows as Record<string, unknown>[];
  } finally {
    instance.closeSync();
  }
}
