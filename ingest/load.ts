// The writing side of an ingest: log and projections of one capture, in steps that each leave the store whole.
import { clearDerived } from '../core/store/capture-derived.ts';
import type { CaptureIdentity } from '../core/store/capture-rows.ts';
import { CaptureWriter, type LogPart } from '../core/store/capture-writer.ts';
import { ResumeError } from '../core/store/chain-writer.ts';
import { findCapture, type LogPlace, openCapture, placeOf } from '../core/store/log-place.ts';
import { LogSession } from '../core/store/log-session.ts';
import { checkpoint } from '../core/store/processors.ts';
import { type FirstIds, firstIds } from '../core/store/project.ts';
import { ProjectionWriter } from '../core/store/projection-writer.ts';
import { sealCapture } from '../core/store/seal.ts';
import { SnapshotWriter } from '../core/store/snapshots.ts';
import type { Connection } from '../core/store/store.ts';
import { StoreError } from '../core/store/store-error.ts';
import type { Folds } from './fold.ts';
import type { End } from './pipeline.ts';

export interface Ingested {
  readonly capture: number;
  /** False when a capture with the same content was there already, complete. */
  readonly added: boolean;
  /** Events that an interrupted run before this one had left in the log; 0: there was none. */
  readonly resumed: number;
  /** What the user should know about the snapshots beside it, as sentences. */
  readonly notes: readonly string[];
}

/** Events after which what was written is committed; a crash costs no more. ACCEPTQ_STEP sets another number, from 1024. */
const STEP = Math.max(1024, Number(process.env.ACCEPTQ_STEP) || 1 << 18);

export class Load {
  readonly place: LogPlace;
  readonly first: FirstIds;
  /** Events that are in the log already. */
  readonly resumed: number;
  private readonly session: LogSession;
  private readonly log: CaptureWriter;
  private readonly projections: ProjectionWriter;
  private readonly snapshots: SnapshotWriter;
  private readonly db: Connection;
  private stepped = 0;
  /** Last positions of parts whose rows have not come yet. */
  private readonly awaited: number[] = [];
  private projected = 0;

  /** Begins a transaction. `again`: the capture whose reading was interrupted. */
  constructor(db: Connection, identity: CaptureIdentity, again?: number) {
    this.db = db;
    this.session = new LogSession(db);
    this.session.begin();
    this.place = placeOf(db, again);
    const { capture } = this.place;
    this.resumed =
      again === undefined ? 0 : (db.prepare('SELECT events FROM captures WHERE id = ?').pluck().get(capture) as number);
    if (again !== undefined) clearDerived(db, again);
    this.first = firstIds(db);
    this.log = new CaptureWriter(db, identity, this.place);
    this.projections = new ProjectionWriter(db, capture);
    this.snapshots = new SnapshotWriter(db, capture);
  }

  append(part: LogPart): void {
    try {
      this.log.append(part);
    } catch (error) {
      throw this.explained(error);
    }
    this.awaited.push(part.batch.position + part.batch.length - 1);
  }

  /** What became final with the next part; when all parts had theirs, with the capture's end. */
  project({ rows, snapshots }: Folds): void {
    this.projected = this.awaited.shift() ?? this.projected;
    this.projections.write(rows);
    this.snapshots.write(snapshots);
  }

  /** Commits if enough was written since the last time. */
  mayStep(): void {
    if (this.log.events - this.stepped >= STEP) this.step();
  }

  /** Commits what came since the last time. */
  step(): void {
    if (this.log.events === this.stepped) return;
    this.stepped = this.log.events;
    checkpoint(this.db, this.place.capture, this.projected, false);
    this.session.step();
  }

  finish({ end, entries, pieces, notes }: End): Ingested {
    try {
      this.log.finish(end, entries, pieces);
    } catch (error) {
      throw this.explained(error);
    }
    checkpoint(this.db, this.place.capture, this.projected, true);
    this.session.commit();
    return { capture: this.place.capture, added: true, resumed: this.resumed, notes };
  }

  /** The same for a stream; null: it was cut. `projected`: its rows are all there. */
  finishStream({ end, entries, pieces, notes }: End, sha256: string | null, projected: boolean): Ingested {
    this.log.finish(end, entries, pieces, sha256 === null ? 'cut' : 'complete', sha256);
    checkpoint(this.db, this.place.capture, this.projected, projected);
    this.session.commit();
    return { capture: this.place.capture, added: true, resumed: 0, notes };
  }

  /** After an error: what was committed in steps stays. */
  abandon(): void {
    this.session.rollback();
  }

  private explained(error: unknown): unknown {
    if (!(error instanceof ResumeError)) return error;
    const { capture } = this.place;
    return new StoreError(
      this.db.name,
      `what it has of capture ${capture} is not what this acceptq reads from the same file (${error.message})`,
      `drop it and begin anew: acceptq drop --capture ${capture} --db ${this.db.name}`,
    );
  }
}

/** Rows in a batch: few enough that several of them stay in the processor's cache. */
export const BATCH_ROWS = Math.min(8192, STEP);

/** A capture that is there already, complete; or a load to be filled. Throws StoreError when another capture has to be ended first. */
export function beginLoad(db: Connection, identity: CaptureIdentity): Load | { readonly known: number } {
  const found = identity.sha256 === null ? undefined : findCapture(db, identity.sha256);
  if (found?.complete) return { known: found.id };
  let open = openCapture(db);
  if (open?.sha256 === null) {
    sealCapture(db, open.id);
    open = openCapture(db);
  }
  if (open !== undefined && open.id !== found?.id)
    throw new StoreError(
      db.name,
      `reading capture ${open.id} (${open.path}) was interrupted after ${open.events.toLocaleString('en')} events`,
      `complete it first: acceptq ingest ${open.path} --db ${db.name}; or drop it: acceptq drop --capture ${open.id} --db ${db.name}`,
    );
  return new Load(db, identity, found?.id);
}
