// Two threads or one: the store is the same, byte for byte in every table.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { perfDataOf } from '../support/fixtures.ts';
import { acceptq } from '../support/run.ts';

const FIXTURE = fileURLToPath(new URL('../fixture/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'acceptq-threads-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Every row of every table. */
function contentOf(path: string): Record<string, unknown[]> {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[];
    return Object.fromEntries(tables.map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).raw().all()]));
  } finally {
    db.close();
  }
}

const IN_A_THREAD = { ACCEPTQ_THREAD_FROM: '0' };
const IN_ONE = { ACCEPTQ_THREAD_FROM: String(2 ** 50) };

describe('ingest in two threads', () => {
  it.each([
    ['perf.data', [perfDataOf('nginx-ab')]],
    ['damaged and lossy', [perfDataOf('lost')]],
    ['a directory', [`${FIXTURE}perf-data-forms/dir.data`]],
    ['wrapped text, then another capture', [`${FIXTURE}one-load/trace.txt.gz`, perfDataOf('reuseport')]],
  ])('%s', (name, captures) => {
    const made = [IN_ONE, IN_A_THREAD].map((env, k) => {
      const db = join(directory, `${name.replaceAll(/\W/g, '-')}-${k}.db`);
      const { status, stderr } = acceptq(['ingest', ...captures, '--db', db], { env });
      expect([status, stderr]).toEqual([0, '']);
      return contentOf(db);
    });
    expect(made[0].batches.length).toBeGreaterThan(0);
    expect(made[1]).toEqual(made[0]);
  });

  it('tells what cannot be read in the same words, and leaves the store as it was', () => {
    const said = [IN_ONE, IN_A_THREAD].map((env, k) => {
      const db = join(directory, `refused-${k}.db`);
      expect(acceptq(['ingest', perfDataOf('per-task'), '--db', db], { env }).status).toBe(0);
      const before = contentOf(db);
      const { status, stdout, stderr } = acceptq(['ingest', `${FIXTURE}record/acceptload.c`, '--db', db], { env });
      expect(status).toBe(3);
      expect(contentOf(db)).toEqual(before);
      return { stdout, stderr };
    });
    expect(said[1]).toEqual(said[0]);
  });
});
