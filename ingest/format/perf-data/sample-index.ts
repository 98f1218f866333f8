// Whose sample a SAMPLE record is, and where in it the time and the raw data are.
import type { EventAttr } from './attr.ts';
import type { RecordContext } from './record-context.ts';
import { readFieldSize, type SampleLayout, sampleLayout } from './sample-layout.ts';

export class SampleIndex {
  private readonly layouts: readonly SampleLayout[];
  private readonly attrs: readonly EventAttr[];
  private readonly attrOfId = new Map<number, number>();
  /** Offset of the event id in every sample's body, -1 when all samples are of the only attr. */
  private readonly idAt: number;
  /** Of the sample that was found last: where its raw data begin, and how many there are. */
  raw = 0;
  rawSize = 0;

  /** `ids[k]` are the event ids of `attrs[k]`. */
  constructor(attrs: readonly EventAttr[], ids: readonly (readonly number[])[]) {
    this.attrs = attrs;
    this.layouts = attrs.map((attr) => sampleLayout(attr.sampleType));
    ids.forEach((own, k) => {
      for (const id of own) if (!this.attrOfId.has(id)) this.attrOfId.set(id, k);
    });
    const [{ identifier, id }] = this.layouts;
    this.idAt = identifier >= 0 ? identifier : id;
  }

  layoutOf(attr: number): SampleLayout {
    return this.layouts[attr];
  }

  /** Number of the attr that the sample at `index` is of; -1 for none that is known. */
  attrAt(context: RecordContext, index: number, size: number): number {
    if (this.layouts.length === 1) return 0;
    if (this.idAt < 0 || this.idAt + 16 > size) return -1;
    const id = context.u64(index + 8 + this.idAt);
    return id === 0 ? 0 : (this.attrOfId.get(id) ?? -1);
  }

  /** The time of the sample at `index`; null when it is not known where that is. */
  timeOf(context: RecordContext, index: number, size: number): bigint | null {
    const attr = this.attrAt(context, index, size);
    if (attr < 0) return null;
    const { time, fixedSize } = this.layouts[attr];
    if (time < 0 || fixedSize + 8 > size) return null;
    return context.view.getBigUint64(index + 8 + time, context.littleEndian);
  }

  /** The id of the thread that was running, -1 when samples of this attr do not tell. */
  tidOf(context: RecordContext, attr: number, index: number): number {
    const { tid } = this.layouts[attr];
    return tid < 0 ? -1 : context.view.getInt32(index + 12 + tid, context.littleEndian);
  }

  /**
   * Finds the raw data of a sample of an attr: `raw` and `rawSize`. Returns a reason when it is damaged, null when its kind has
   * none or no time.
   */
  findRaw(context: RecordContext, attr: number, index: number, size: number): string | null | undefined {
    const { view, littleEndian } = context;
    const layout = this.layouts[attr];
    if (!layout.hasRaw || layout.time < 0) return null;
    const end = index + size;
    let at = index + 8 + layout.fixedSize;
    if (at > end) return 'sample too short for its fields';
    if (layout.hasRead) {
      const length = readFieldSize(view, at, end, this.attrs[attr].readFormat, littleEndian);
      if (length < 0) return 'sample with a damaged read field';
      at += length;
    }
    if (layout.hasCallchain) {
      const length = at + 8 <= end ? 8 + context.u64(at) * 8 : Number.POSITIVE_INFINITY;
      if (at + length > end) return 'sample with a damaged call chain';
      at += length;
    }
    if (at + 4 > end) return 'sample without its raw data';
    this.rawSize = view.getUint32(at, littleEndian);
    this.raw = at + 4;
    if (this.raw + this.rawSize > end || this.rawSize < 2) return 'sample with raw data of the wrong size';
    if (!layout.moreAfterRaw && this.raw + this.rawSize !== end) return 'sample of a size that does not fit its fields';
    if (view.getUint16(this.raw, littleEndian) !== (this.attrs[attr].config & 0xffff))
      return 'sample whose raw data is of another event';
    return undefined;
  }
}
