// All that a store says of its captures, to be compared with another store: events and derived rows, whatever batches they came in.
import Database from 'better-sqlite3';

/** How events were cut into batches and committed is not what they say. */
const OTHERWISE = new Set(['writer', 'batches', 'journal', 'capture_starts', 'capture_ends', 'processors']);

/** Rows of each table, of the views over the log, and the captures without their names. */
export function storeRows(path: string): Record<string, readonly unknown[]> {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all();
    const rows = (sql: string): string[] =>
      (db.prepare(sql).raw().all() as unknown[][]).map((row) =>
        JSON.stringify(row, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
      );
    const found: Record<string, readonly unknown[]> = {};
    for (const table of tables as string[])
      if (!OTHERWISE.has(table) && !table.startsWith('sqlite_')) found[table] = rows(`SELECT * FROM ${table}`).sort();
    found.events = rows('SELECT * FROM events ORDER BY position');
    found.captures = rows(
      `SELECT id, sha256, format, tool, kernel, host, cmdline, clock, origin, wall_offset, events, duration_ns, records, ignored,
         rejected, out_of_order, ending, (SELECT group_concat(value) FROM (SELECT value FROM json_each(probes) ORDER BY 1)) FROM captures`,
    );
    return found;
  } finally {
    db.close();
  }
}
