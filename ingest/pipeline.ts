// Bytes → rows → time order → numbered events: all of an ingest that needs no store, for one capture.
import { type CaptureInfo, type ReadTotals, reject } from '../core/event/capture.ts';
import type { NumberedBatch } from '../core/event/numbered-batch.ts';
import type { CaptureEnd } from '../core/store/capture-rows.ts';
import type { LogPart, NewEntries } from '../core/store/capture-writer.ts';
import { type Bases, LogEncoder } from '../core/store/log-encoder.ts';
import type { StreamPiece } from '../core/store/stream-index.ts';
import { Beside } from './beside.ts';
import { Collector } from './collector.ts';
import type { ByteSource, CaptureReader } from './format/format.ts';
import { RoundSorter } from './order/round-sorter.ts';
import { TaskNames } from './order/task-names.ts';

/** Where parts go, and the memory they are in. */
export interface PartFlow {
  /** A batch to be filled. */
  next(): NumberedBatch;
  /** The batch is not to be used once this has returned, but by those it was handed to. */
  give(part: LogPart): void;
}

/** What comes last. */
export interface End {
  readonly end: CaptureEnd;
  readonly entries: NewEntries;
  readonly pieces: readonly StreamPiece[];
  /** What the user should know, as sentences. */
  readonly notes: readonly string[];
}

export interface Progress {
  /** Bytes of the capture that were read. */
  readonly bytes: number;
  readonly size: number;
  readonly events: number;
  /** What was counted so far. */
  readonly totals: ReadTotals;
}

export class Pipeline {
  private readonly source: ByteSource;
  private readonly reader: CaptureReader;
  private readonly encoder: LogEncoder;
  private readonly collector: Collector;
  private readonly beside: Beside;
  private readonly told = { addresses: 0, endpoints: 0, strings: 0 };
  private readonly flow: PartFlow;
  private readonly sorter = new RoundSorter((rows, order) => this.collector.add(rows, order));

  /**
   * `bases` are where the capture's ids begin in the store; `beside` are snapshots (see ingest/snapshot), which become part of the
   * capture. Throws CaptureError when one cannot be read.
   */
  constructor(
    source: ByteSource,
    reader: CaptureReader,
    bases: Bases,
    flow: PartFlow,
    beside: readonly ByteSource[] = [],
  ) {
    this.source = source;
    this.flow = flow;
    this.reader = reader;
    this.encoder = new LogEncoder(bases);
    if (source.wrapperProblem) reject(reader.totals, source.size, source.wrapperProblem);
    this.beside = new Beside(reader, beside);
    this.collector = new Collector(
      new TaskNames(reader.dictionaries.strings),
      { next: () => flow.next(), filled: (batch) => this.give(batch) },
      () => this.beside.placement(),
    );
  }

  /** What is known of the capture before its events. */
  get info(): CaptureInfo {
    return this.reader.info;
  }

  /** Reads the whole capture, giving parts as they are ready; yields the progress so far. */
  *run(): Generator<Progress, End> {
    const { collector, reader, source, sorter } = this;
    for (const bytes of reader.read(sorter)) {
      sorter.relieve();
      yield { bytes, size: source.size, events: collector.events, totals: reader.totals };
    }
    sorter.finish();
    collector.finish();
    const { size } = source;
    yield { bytes: size, size, events: collector.events, totals: reader.totals };
    return this.end(sorter.outOfOrder);
  }

  /**
   * For a stream, to be called at regular times between its records, from where it is waited for: gives what came before the last time.
   * `quiet`: nothing has come lately, so all is given. `rounds`: the stream says itself what is in order.
   */
  tick(quiet: boolean, rounds: boolean): void {
    const { sorter } = this;
    if (quiet && (!rounds || sorter.isBetweenRounds)) sorter.finish();
    else if (!rounds) sorter.endRound();
    this.reader.learn?.();
    this.collector.flush();
  }

  private give(batch: NumberedBatch): void {
    const tasks = this.encoder.encode(batch);
    const { info } = this.reader;
    this.flow.give({
      batch,
      tasks,
      entries: this.newEntries(),
      pieces: this.encoder.streams.take(),
      info: { ...info, probes: [...info.probes] },
      origin: this.origin,
    });
  }

  private end(outOfOrder: number): End {
    const { reader, collector, encoder } = this;
    const { totals, info } = reader;
    totals.outOfOrder = outOfOrder;
    if (collector.events === 0 && totals.rejected === 0)
      reject(totals, 0, 'the capture holds no event of the listen/accept path');
    return {
      entries: this.newEntries(),
      notes: [...this.beside.notes, ...collector.notes],
      end: {
        info,
        totals,
        origin: this.origin,
        lastAt: encoder.lastAt,
      },
      pieces: encoder.streams.finish(),
    };
  }

  /** Clock value at time 0, in ns. */
  private get origin(): string | null {
    const { base } = this.reader;
    return base === null ? null : String(base + BigInt(this.collector.origin ?? 0));
  }

  private newEntries(): NewEntries {
    const { told } = this;
    const { addresses, endpoints, strings } = this.reader.dictionaries;
    const entries = {
      addresses: addresses.entries.slice(told.addresses),
      endpoints: endpoints.after(told.endpoints),
      strings: strings.entries.slice(told.strings),
    };
    told.addresses = addresses.entries.length;
    told.endpoints = endpoints.length;
    told.strings = strings.entries.length;
    return entries;
  }
}
