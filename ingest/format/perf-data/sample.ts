// SAMPLE records of tracepoints: find the attr by id, the raw payload behind the fixed fields, and decode it.
import type { TracepointDecoder } from '../../probe/tracepoint.ts';
import { BEFORE_START } from '../format.ts';
import type { EventAttr } from './attr.ts';
import type { RecordContext } from './record-context.ts';
import { readFieldSize, type SampleLayout, sampleLayout } from './sample-layout.ts';

interface SampleKind {
  readonly attr: EventAttr;
  readonly layout: SampleLayout;
  /** Null for an event that acceptq does not use. */
  readonly decoder: TracepointDecoder | null;
}

export class SampleDecoder {
  private readonly kinds: SampleKind[];
  private readonly kindOfId = new Map<number, SampleKind>();
  /** Offset of the event id in every sample's body, -1 when all samples are of the only attr. */
  private readonly idAt: number;

  /** `ids[k]` are the event ids of `attrs[k]`. */
  constructor(
    attrs: readonly EventAttr[],
    ids: readonly (readonly number[])[],
    decoderOf: (attr: EventAttr) => TracepointDecoder | null,
  ) {
    this.kinds = attrs.map((attr) => ({ attr, layout: sampleLayout(attr.sampleType), decoder: decoderOf(attr) }));
    this.kinds.forEach((kind, k) => {
      for (const id of ids[k]) if (!this.kindOfId.has(id)) this.kindOfId.set(id, kind);
    });
    const { layout } = this.kinds[0];
    this.idAt = layout.identifier >= 0 ? layout.identifier : layout.id;
  }

  private kindAt(context: RecordContext, body: number, bodySize: number): SampleKind | undefined {
    if (this.kinds.length === 1) return this.kinds[0];
    if (this.idAt < 0 || this.idAt + 8 > bodySize) return undefined;
    const id = context.u64(body + this.idAt);
    return id === 0 ? this.kinds[0] : this.kindOfId.get(id);
  }

  /** The time of the sample at `index`; null when it is not known where that is. */
  timeOf(context: RecordContext, index: number, size: number): bigint | null {
    const kind = this.kindAt(context, index + 8, size - 8);
    if (kind === undefined || kind.layout.time < 0 || kind.layout.fixedSize + 8 > size) return null;
    return context.view.getBigUint64(index + 8 + kind.layout.time, context.littleEndian);
  }

  /** Decodes the sample at `index`. Returns a reason when damaged, undefined when used, null when not of interest. */
  decode(context: RecordContext, index: number, size: number, source: number): string | null | undefined {
    const { view, littleEndian, rows } = context;
    const body = index + 8;
    const end = index + size;
    const kind = this.kindAt(context, body, size - 8);
    if (kind === undefined) return 'sample of an unknown event id';
    const { layout, decoder } = kind;
    if (decoder === null) return null;
    if (!layout.hasRaw || layout.time < 0) return null;
    let at = body + layout.fixedSize;
    if (at > end) return 'sample too short for its fields';
    if (layout.hasRead) {
      const length = readFieldSize(view, at, end, kind.attr.readFormat, littleEndian);
      if (length < 0) return 'sample with a damaged read field';
      at += length;
    }
    if (layout.hasCallchain) {
      const length = at + 8 <= end ? 8 + context.u64(at) * 8 : Number.POSITIVE_INFINITY;
      if (at + length > end) return 'sample with a damaged call chain';
      at += length;
    }
    if (at + 4 > end) return 'sample without its raw data';
    const rawSize = view.getUint32(at, littleEndian);
    const raw = at + 4;
    if (raw + rawSize > end || rawSize < Math.max(2, decoder.minimumSize))
      return 'sample with raw data of the wrong size';
    if (!layout.moreAfterRaw && raw + rawSize !== end) return 'sample of a size that does not fit its fields';
    if (view.getUint16(raw, littleEndian) !== (decoder.format.id & 0xffff))
      return 'sample whose raw data is of another event';
    const time = context.timeAt(body + layout.time);
    if (Number.isNaN(time) || time === BEFORE_START) return 'sample with an impossible time';
    const pid = layout.tid < 0 ? -1 : view.getInt32(body + layout.tid, littleEndian);
    const tid = layout.tid < 0 ? -1 : view.getInt32(body + layout.tid + 4, littleEndian);
    const cpu = layout.cpu < 0 ? -1 : view.getInt32(body + layout.cpu, littleEndian);
    const row = rows.push(time, decoder.type.code, cpu, pid, tid, source);
    decoder.decode(view, raw, rows, row);
    return undefined;
  }
}
