// perf record --overwrite: each processor's ring holds its newest records only, so that each begins at another time.
import { eventCode } from '../../../core/event/event-type.ts';
import { BEFORE_START } from '../format.ts';
import type { EventAttr } from './attr.ts';
import type { RecordContext } from './record-context.ts';
import type { RecordStream } from './record-stream.ts';
import type { SampleIndex } from './sample-index.ts';
import { RECORD } from './side-band.ts';

const LOST_UNKNOWN = eventCode('lost_unknown');
const MAX_CPUS = 1 << 16;

export class OverwrittenRings {
  private readonly attrs: readonly EventAttr[];
  private readonly index: SampleIndex;
  /** By processor: the time of its oldest record, where other processors have older ones. */
  private readonly starts = new Map<number, number>();

  /** Looks through all of `streams`. */
  constructor(
    attrs: readonly EventAttr[],
    index: SampleIndex,
    context: RecordContext,
    streams: readonly RecordStream[],
  ) {
    this.attrs = attrs;
    this.index = index;
    const { lastTime } = context;
    let first = Number.POSITIVE_INFINITY;
    for (const stream of streams) {
      while (stream.next()) {
        if (stream.type !== RECORD.SAMPLE) continue;
        context.view = stream.view;
        const attr = index.attrAt(context, stream.index, stream.size);
        const at = this.timeOf(context, attr, stream.index, stream.size);
        if (Number.isNaN(at)) continue;
        first = Math.min(first, at);
        const cpu = this.cpuOf(context, attr, stream.index);
        if (cpu >= 0 && at < (this.starts.get(cpu) ?? Number.POSITIVE_INFINITY)) this.starts.set(cpu, at);
      }
    }
    for (const [cpu, at] of this.starts) if (at <= first) this.starts.delete(cpu);
    context.lastTime = lastTime;
  }

  private timeOf(context: RecordContext, attr: number, index: number, size: number): number {
    if (attr < 0) return Number.NaN;
    const { time, fixedSize } = this.index.layoutOf(attr);
    if (time < 0 || fixedSize + 8 > size) return Number.NaN;
    const at = context.timeAt(index + 8 + time);
    return at === BEFORE_START ? Number.NaN : at;
  }

  /** The processor whose overwritten ring a sample is from; -1 for none. */
  private cpuOf(context: RecordContext, attr: number, index: number): number {
    const { cpu } = this.index.layoutOf(attr);
    if (cpu < 0 || !this.attrs[attr].overwrite) return -1;
    const number = context.view.getInt32(index + 8 + cpu, context.littleEndian);
    return number < MAX_CPUS ? number : -1;
  }

  /** To be called before each sample is decoded: at a ring's oldest one, says that what came before it is lost. */
  before(context: RecordContext, index: number, size: number, source: number): void {
    const attr = this.index.attrAt(context, index, size);
    const at = this.timeOf(context, attr, index, size);
    if (Number.isNaN(at)) return;
    const cpu = this.cpuOf(context, attr, index);
    if (cpu < 0 || this.starts.get(cpu) !== at) return;
    this.starts.delete(cpu);
    context.rows.push(at, LOST_UNKNOWN, cpu, -1, -1, source);
  }
}
