// SAMPLE records: whose they are, what their raw data mean, and one row for each that counts.
import { EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import type { RecordKind, RowPlace } from '../../probe/record-kind.ts';
import { BEFORE_START } from '../format.ts';
import type { RecordContext } from './record-context.ts';
import type { SampleCopies } from './sample-copies.ts';
import type { SampleIndex } from './sample-index.ts';

/** When, where and in which task a sample was taken, by the sample's own fields. */
class SamplePlace implements RowPlace {
  rows = new EventBatch(1);
  time = 0;
  cpu = -1;
  pid = -1;
  tid = -1;
  source = 0;
  /** Has a 1 for the types that there were rows of. */
  readonly seen = new Uint8Array(EVENT_TYPES.length);

  push(type: number): number {
    this.seen[type] = 1;
    return this.rows.push(this.time, type, this.cpu, this.pid, this.tid, this.source);
  }
}

export class SampleDecoder {
  private readonly index: SampleIndex;
  private readonly kinds: readonly (RecordKind | null)[];
  private readonly copies: SampleCopies | null;
  private readonly place = new SamplePlace();
  /** The attr of the sample that was located last. */
  private attr = 0;
  /** By group: which family its records are taken from; null while all are. */
  private chosen: readonly number[] | null = null;

  /** `kinds[k]` is what to do with samples of attr `k`; null for an event that acceptq does not use. */
  constructor(index: SampleIndex, kinds: readonly (RecordKind | null)[], copies: SampleCopies | null) {
    this.index = index;
    this.kinds = kinds;
    this.copies = copies;
  }

  /** From now on groups are taken from one family each. */
  choose(chosen: readonly number[]): void {
    this.chosen = chosen;
  }

  get seen(): Uint8Array {
    return this.place.seen;
  }

  /** Finds kind and raw data of the sample at `index`. A kind when it is whole, else a reason, or null when not of interest. */
  private locate(context: RecordContext, index: number, size: number): RecordKind | string | null {
    const attr = this.index.attrAt(context, index, size);
    if (attr < 0) return 'sample of an unknown event id';
    const kind = this.kinds[attr];
    if (kind === null) return null;
    this.attr = attr;
    const outcome = this.index.findRaw(context, attr, index, size);
    if (outcome !== undefined) return outcome;
    if (this.index.rawSize < kind.minimumSize) return 'sample with raw data of the wrong size';
    return kind;
  }

  /** Tells what a sample is of: its family and the group in it. Nothing for one that is damaged or of no use. */
  look(context: RecordContext, index: number, size: number, found: (family: number, group: number) => void): void {
    const kind = this.locate(context, index, size);
    if (kind === null || typeof kind === 'string') return;
    const group = kind.groupOf(context.view, this.index.raw);
    if (group >= 0) found(kind.family, group);
  }

  /** Decodes the sample at `index`. Returns a reason when damaged, undefined when used, null when not of interest. */
  decode(context: RecordContext, index: number, size: number, source: number): string | null | undefined {
    const kind = this.locate(context, index, size);
    if (kind === null || typeof kind === 'string') return kind;
    const { view, littleEndian } = context;
    const { raw, rawSize } = this.index;
    const body = index + 8;
    const { attr } = this;
    const layout = this.index.layoutOf(attr);
    const time = context.timeAt(body + layout.time);
    if (Number.isNaN(time) || time === BEFORE_START) return 'sample with an impossible time';
    const group = kind.groupOf(view, raw);
    if (group < 0 || (this.chosen !== null && this.chosen[group] !== kind.family)) return null;
    const { place } = this;
    place.cpu = layout.cpu < 0 ? -1 : view.getInt32(body + layout.cpu, littleEndian);
    if (this.copies?.isCopy(attr, place.cpu, context.bytes, raw, raw + rawSize)) return null;
    place.rows = context.rows;
    place.time = time;
    place.pid = layout.tid < 0 ? -1 : view.getInt32(body + layout.tid, littleEndian);
    place.tid = layout.tid < 0 ? -1 : view.getInt32(body + layout.tid + 4, littleEndian);
    place.source = source;
    kind.push(view, raw, rawSize, place);
    return undefined;
  }
}
