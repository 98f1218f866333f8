// Bytes → rows → time order → log and projections: all of it that needs no database, for one capture.
import { reject } from '../core/event/capture.ts';
import type { EventBatch } from '../core/event/event-batch.ts';
import { type PackedRows, RowBuffers } from '../core/projection/row-buffers.ts';
import type { CaptureEnd, NewEntries } from '../core/store/capture-writer.ts';
import { type Bases, LogEncoder, type LogPart, type StreamRow } from '../core/store/log-encoder.ts';
import { type FirstIds, projectionOf } from '../core/store/project.ts';
import { Beside } from './beside.ts';
import { Collector } from './collector.ts';
import type { ByteSource, CaptureReader } from './format/format.ts';
import { RoundSorter } from './order/round-sorter.ts';
import { TaskNames } from './order/task-names.ts';

/** Where a new capture's ids begin in the store. */
export interface StoreEnds {
  readonly bases: Bases;
  readonly first: FirstIds;
}

/** What is ready to be written. */
export interface Part {
  readonly log: LogPart;
  readonly entries: NewEntries;
  readonly rows: readonly PackedRows[];
}

/** What comes last. */
export interface End extends Part {
  readonly end: Omit<CaptureEnd, 'streams'> & { readonly streams: readonly StreamRow[] };
  /** What the user should know, as sentences. */
  readonly notes: readonly string[];
}

export interface Progress {
  /** Bytes of the capture that were read. */
  readonly bytes: number;
  readonly size: number;
  readonly events: number;
}

export class Pipeline {
  private readonly source: ByteSource;
  private readonly reader: CaptureReader;
  private readonly encoder: LogEncoder;
  private readonly rows = new RowBuffers();
  private readonly path;
  private readonly collector: Collector;
  private readonly beside: Beside;
  private readonly told = { addresses: 0, endpoints: 0, strings: 0 };
  private ready: Part[] = [];

  /** `beside` are snapshots (see ingest/snapshot), which become part of the capture. Throws CaptureError when one cannot be read. */
  constructor(
    source: ByteSource,
    reader: CaptureReader,
    { bases, first }: StoreEnds,
    beside: readonly ByteSource[] = [],
  ) {
    this.source = source;
    this.reader = reader;
    this.encoder = new LogEncoder(bases);
    const { dictionaries, info, totals } = reader;
    if (source.wrapperProblem) reject(totals, source.size, source.wrapperProblem);
    this.beside = new Beside(reader, beside);
    this.path = projectionOf(
      first,
      info,
      {
        endpoint: (id) => dictionaries.endpoints.entries[id - bases.endpoint - 1],
        string: (id) => dictionaries.strings.entries[id - bases.string - 1],
      },
      this.rows,
    );
    this.collector = new Collector(
      new TaskNames(dictionaries.strings),
      (batch) => this.take(batch),
      () => this.beside.placement(),
    );
  }

  /** Reads the whole capture, handing out parts as they are ready, with the progress so far. */
  *run(): Generator<{ readonly parts: readonly Part[]; readonly progress: Progress }, End> {
    const { collector, reader, source } = this;
    const sorter = new RoundSorter((rows, order) => collector.add(rows, order));
    for (const bytes of reader.read(sorter)) {
      sorter.relieve();
      const parts = this.ready;
      this.ready = [];
      yield { parts, progress: { bytes, size: source.size, events: collector.events } };
    }
    sorter.finish();
    collector.finish();
    const parts = this.ready;
    this.ready = [];
    yield { parts, progress: { bytes: source.size, size: source.size, events: collector.events } };
    return this.end(sorter.outOfOrder);
  }

  private take(batch: EventBatch): void {
    const log = this.encoder.encode(batch);
    this.path.apply(batch);
    this.ready.push({ log, entries: this.newEntries(), rows: this.rows.take() });
  }

  private end(outOfOrder: number): End {
    const { reader, collector, encoder } = this;
    const { totals, info } = reader;
    this.path.finish();
    totals.outOfOrder = outOfOrder;
    if (collector.events === 0 && totals.rejected === 0)
      reject(totals, 0, 'the capture holds no event of the listen/accept path');
    return {
      log: { columns: null, tasks: [] },
      entries: this.newEntries(),
      rows: this.rows.take(),
      notes: [...this.beside.notes, ...collector.notes],
      end: {
        info,
        totals,
        origin: reader.base === null ? null : String(reader.base + BigInt(collector.origin ?? 0)),
        lastAt: encoder.lastAt,
        streams: [...encoder.finish()],
      },
    };
  }

  private newEntries(): NewEntries {
    const { told } = this;
    const { addresses, endpoints, strings } = this.reader.dictionaries;
    const entries = {
      addresses: addresses.entries.slice(told.addresses),
      endpoints: endpoints.entries.slice(told.endpoints),
      strings: strings.entries.slice(told.strings),
    };
    told.addresses = addresses.entries.length;
    told.endpoints = endpoints.entries.length;
    told.strings = strings.entries.length;
    return entries;
  }
}
