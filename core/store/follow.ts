// Reads events as other processes commit them: in order, each once, in pages that leave no statement open in between.
import type { TraceEvent } from '../event/trace-event.ts';
import { type EventFilter, EventMatch, type StoredBatch } from './event-match.ts';
import type { Connection } from './store.ts';
import { writerOf } from './writer-claim.ts';

/** Batches read at a time. */
const PAGE = 16;

/** How a followed log stands: more may come; the capture has ended, or nobody writes; nobody writes although a capture has no end. */
export type Standing = 'going' | 'over' | 'interrupted';

export class EventFollower {
  private readonly db: Connection;
  private readonly match: EventMatch;
  private readonly batches;
  private readonly version;
  private readonly open;
  private last = 0;
  private left: number;
  private seen: unknown = null;

  /** Throws FilterError for a filter that cannot match anything. */
  constructor(db: Connection, filter: EventFilter) {
    this.db = db;
    this.match = new EventMatch(db, filter);
    this.left = this.match.empty ? 0 : (filter.limit ?? Number.POSITIVE_INFINITY);
    this.batches = db
      .prepare(
        `SELECT position, at_ns, source, events, capture, count FROM batches
         WHERE position > ? AND capture = ifnull(?, capture) ORDER BY position LIMIT ${PAGE}`,
      )
      .raw();
    this.version = db.prepare('PRAGMA data_version').pluck();
    this.open = db.prepare("SELECT count(*) FROM captures WHERE ending = 'open' AND id = ifnull(?, id)").pluck();
  }

  /** No more events are asked for. */
  get enough(): boolean {
    return this.left <= 0;
  }

  /** Whether another process has committed anything since this was asked last. */
  get changed(): boolean {
    const now = this.version.get();
    const changed = now !== this.seen;
    this.seen = now;
    return changed;
  }

  /** To be asked before the events are read: those that come with the end are then not missed. */
  get standing(): Standing {
    const { capture } = this.match;
    const open = (this.open.get(capture) as number) > 0;
    const ended =
      capture !== null && !open && this.db.prepare('SELECT 1 FROM captures WHERE id = ?').get(capture) !== undefined;
    if (ended) return 'over';
    if (writerOf(this.db) !== null) return 'going';
    if (open) return 'interrupted';
    // made, and its writer has not begun yet
    return this.db.prepare('SELECT 1 FROM captures').get() === undefined ? 'going' : 'over';
  }

  /** The matching events of the next batches; null: there are no more batches now. */
  next(): TraceEvent[] | null {
    const { match } = this;
    const rows = this.batches.all(this.last, match.capture) as StoredBatch[];
    if (rows.length === 0) return null;
    const events: TraceEvent[] = [];
    for (const row of rows) {
      const [position, , , , , count] = row;
      this.last = position + count - 1;
      for (const event of match.of(row)) {
        if (this.left <= 0) break;
        this.left--;
        events.push(event);
      }
    }
    return events;
  }
}
