// A command that reads a pipe, fed piece by piece: what it has stored by then is looked at from outside, as another process would.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const AGAIN_MS = 20;
/** A condition that does not come true is a failed test, not a test that hangs. */
const LONGEST_MS = 30_000;

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Paced {
  readonly child: ChildProcessWithoutNullStreams;
  private stdout = '';
  private stderr = '';
  private readonly ended: Promise<[number | null, NodeJS.Signals | null]>;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args]);
    this.child.stdout.on('data', (bytes) => {
      this.stdout += bytes;
    });
    this.child.stderr.on('data', (bytes) => {
      this.stderr += bytes;
    });
    this.child.stdin.on('error', () => undefined); // it may have gone
    this.ended = once(this.child, 'close') as typeof this.ended;
  }

  async feed(bytes: Uint8Array | string): Promise<void> {
    if (!this.child.stdin.write(bytes)) await once(this.child.stdin, 'drain');
  }

  /** Closes the pipe. */
  close(): void {
    this.child.stdin.end();
  }

  /** What it has said on stderr. */
  get said(): string {
    return this.stderr;
  }

  async end(): Promise<Ended> {
    const [status, signal] = await this.ended;
    return { status, signal, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Waits until `look` gives something. */
export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (const since = Date.now(); ; ) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() - since > LONGEST_MS) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** One value from a store that another process writes; undefined while there is no such store or table. */
export function peek(db: string, sql: string): unknown {
  let open: Database.Database | undefined;
  try {
    open = new Database(db, { readonly: true, fileMustExist: true });
    return open.prepare(sql).pluck().get();
  } catch (error) {
    if (error instanceof Database.SqliteError) return undefined;
    throw error;
  } finally {
    open?.close();
  }
}

/** Waits until so many events are committed. */
export const untilCommitted = (db: string, events: number): Promise<unknown> =>
  until(`${events} events in ${db}`, () => (peek(db, 'SELECT sum(count) FROM batches') as number) >= events);
