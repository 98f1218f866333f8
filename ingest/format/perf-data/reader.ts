// Reads a perf.data: what describes its events first, then the records in file order.
import { type CaptureInfo, newTotals, type ReadTotals, reject } from '../../../core/event/capture.ts';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { Coverage } from '../../probe/coverage.ts';
import { addFunctionProbes } from '../../probe/function-probe.ts';
import { ByteWindow } from '../byte-window.ts';
import type { EventFormat } from '../event-format/parse.ts';
import { type ByteSource, CaptureError, type CaptureReader, type RowSink } from '../format.ts';
import { clockName, type EventAttr, SW_BPF_OUTPUT, TYPE_SOFTWARE, TYPE_TRACEPOINT } from './attr.ts';
import type { Features } from './features.ts';
import { readFilePrologue } from './file-prologue.ts';
import { readHeader } from './header.ts';
import { compileKinds, type Kinds } from './kinds.ts';
import { OverwrittenRings } from './overwritten-rings.ts';
import { readPipePrologue } from './pipe-prologue.ts';
import { RecordContext } from './record-context.ts';
import { RecordStream } from './record-stream.ts';
import { RECORD_AGAIN, type Recording } from './recording.ts';
import { SampleDecoder } from './sample.ts';
import { SampleCopies } from './sample-copies.ts';
import { SampleIndex } from './sample-index.ts';
import { trailerLayout } from './sample-layout.ts';
import { recoverFormats } from './shape/recover.ts';
import { decodeSideBand, FIRST_TOOL_RECORD, RECORD } from './side-band.ts';

const LOST_UNKNOWN = eventCode('lost_unknown');
const YIELD_BYTES = 1 << 20;
const SOME_TIMES = 256;
const MOST_LOOKED_AT = 65536;
/** Records taken from one file of a directory before looking which file is behind. */
const TURN = 1024;

export class PerfDataReader implements CaptureReader {
  readonly info: CaptureInfo;
  readonly totals = newTotals();
  readonly dictionaries = new Dictionaries();
  private readonly source: ByteSource;
  private recording: Recording;
  private readonly context: RecordContext;
  private readonly index: SampleIndex;
  private readonly samples: SampleDecoder;
  private rings: OverwrittenRings | null = null;

  constructor(source: ByteSource, littleEndian: boolean) {
    this.source = source;
    const window = new ByteWindow(source);
    const header = readHeader(window, littleEndian);
    if (header === null)
      throw new CaptureError(source.name, source.size, 'the file ends inside the perf.data header', RECORD_AGAIN);
    const recording = header.pipe
      ? readPipePrologue(source, littleEndian, this.totals)
      : readFilePrologue(source, window, header, this.totals);
    this.recording = recording;
    const { attrs, ids, features } = recording;
    this.context = new RecordContext(
      littleEndian,
      this.dictionaries,
      trailerLayout(attrs[0].sampleIdAll ? attrs[0].sampleType : 0),
    );
    this.index = new SampleIndex(attrs, ids);
    this.checkFormats();
    this.context.setTimes(this.someTimes(), features.sampleTime);
    const kinds = compileKinds(this.recording, littleEndian, this.dictionaries, this.totals);
    this.samples = new SampleDecoder(this.index, kinds.kinds, SampleCopies.of(attrs));
    if (kinds.mayRepeat) this.samples.choose(this.survey(kinds));
    this.info = describe(attrs, this.recording.formats, features);
  }

  get base(): bigint | null {
    return this.context.base;
  }

  *read(sink: RowSink): Generator<number, void> {
    const { context } = this;
    context.rows = sink.rows;
    const streams = this.recording.streams.map((_, k) => this.stream(k, this.totals));
    if (this.source.live !== true && this.recording.attrs.some((attr) => attr.overwrite)) {
      const all = this.recording.streams.map((_, k) => this.stream(k, newTotals()));
      this.rings = new OverwrittenRings(this.recording.attrs, this.index, context, all);
    }
    const progress = { yielded: 0 };
    if (streams.length === 1) yield* this.readOn(sink, streams[0], Number.POSITIVE_INFINITY, progress);
    else yield* this.readTogether(sink, streams, progress);
    addFunctionProbes(this.info.probes, this.samples.seen);
    if (this.recording.attrs.some((attr) => attr.type === TYPE_TRACEPOINT && attr.period !== 1)) {
      // one in many: what is missing may be anywhere
      sink.rows.push(context.lastTime, LOST_UNKNOWN, -1, -1, -1, 0);
    }
  }

  /** The files of a directory, in turns: always the one that is behind in time, so that the order needs little memory. */
  private *readTogether(
    sink: RowSink,
    streams: RecordStream[],
    progress: { yielded: number },
  ): Generator<number, void> {
    const open = streams.map((stream) => ({ stream, reached: Number.NEGATIVE_INFINITY }));
    while (open.length > 0) {
      const behind = open.reduce((a, b) => (b.reached < a.reached ? b : a));
      this.context.lastTime = behind.reached;
      const more = yield* this.readOn(sink, behind.stream, TURN, progress);
      behind.reached = this.context.lastTime;
      if (!more) open.splice(open.indexOf(behind), 1);
    }
  }

  /** Reads up to `most` records; false when the stream has ended. */
  private *readOn(
    sink: RowSink,
    stream: RecordStream,
    most: number,
    progress: { yielded: number },
  ): Generator<number, boolean> {
    const { context, totals } = this;
    for (let count = 0; count < most; count++) {
      if (!stream.next()) return false;
      const { index, size, type, offset } = stream;
      context.view = stream.view;
      context.bytes = stream.bytes;
      totals.records++;
      if (type === RECORD.SAMPLE) this.rings?.before(context, index, size, offset);
      const outcome =
        type === RECORD.SAMPLE
          ? this.samples.decode(context, index, size, offset)
          : this.decodeOther(sink, type, index, size, offset);
      if (outcome === null) totals.ignored++;
      else if (outcome !== undefined) reject(totals, offset, outcome);
      if (Math.abs(offset - progress.yielded) >= YIELD_BYTES) {
        progress.yielded = offset;
        yield offset;
      }
    }
    yield stream.offset;
    return true;
  }

  private stream(k: number, totals: ReadTotals): RecordStream {
    const { streams, alignment } = this.recording;
    return new RecordStream(new ByteWindow(this.source), streams[k], this.context.littleEndian, totals, alignment);
  }

  /** Counts what was recorded in several ways, and says which of them each thing is taken from. */
  private survey({ families }: Kinds): readonly number[] {
    const { context, samples } = this;
    const coverage = new Coverage(families);
    for (let k = 0; k < this.recording.streams.length; k++) {
      const stream = this.stream(k, newTotals());
      while (stream.next()) {
        if (stream.type !== RECORD.SAMPLE) continue;
        context.view = stream.view;
        samples.look(context, stream.index, stream.size, (family, group) => coverage.add(family, group));
      }
    }
    return coverage.choose([{ clock: null }]).chosen;
  }

  /** Times of the first samples, to tell plausible ones from damaged ones. */
  private someTimes(): bigint[] {
    const { context } = this;
    const times: bigint[] = [];
    for (let k = 0; k < this.recording.streams.length && times.length < SOME_TIMES; k++) {
      const stream = this.stream(k, newTotals());
      for (let looked = 0; times.length < SOME_TIMES && looked < MOST_LOOKED_AT && stream.next(); looked++) {
        if (stream.type !== RECORD.SAMPLE) continue;
        context.view = stream.view;
        const time = this.index.timeOf(context, stream.index, stream.size);
        if (time !== null) times.push(time);
      }
    }
    return times;
  }

  private decodeOther(
    sink: RowSink,
    type: number,
    index: number,
    size: number,
    offset: number,
  ): string | null | undefined {
    if (type < FIRST_TOOL_RECORD) return decodeSideBand(this.context, type, index, size, offset);
    if (type === RECORD.FINISHED_ROUND) sink.endRound();
    return null;
  }

  /** Without formats no field of an event can be found, unless its records tell what they are: else an empty report would be shown. */
  private checkFormats(): void {
    const { source, recording } = this;
    const { attrs, formats, streams } = recording;
    const tracepoints = attrs.filter((attr) => attr.type === TYPE_TRACEPOINT);
    if (tracepoints.length === 0) {
      throw new CaptureError(
        source.name,
        streams[0].offset,
        'this perf.data has no tracepoints: it records CPU samples or counters only',
        'record the events that the README lists',
      );
    }
    if (tracepoints.some((attr) => formats.has(attr.config))) return;
    const all = streams.map((_, k) => this.stream(k, newTotals()));
    this.recording = recoverFormats(source.name, recording, this.context, this.index, all, this.totals);
  }
}

function describe(
  attrs: readonly EventAttr[],
  formats: ReadonlyMap<number, EventFormat>,
  features: Features,
): CaptureInfo {
  const probes: string[] = [];
  for (const attr of attrs) {
    const format = attr.type === TYPE_TRACEPOINT ? formats.get(attr.config) : undefined;
    if (attr.type === TYPE_SOFTWARE && attr.config === SW_BPF_OUTPUT) probes.push('bpf-output');
    if (format !== undefined) probes.push(`${format.system}:${format.name}`);
  }
  const { clock } = features;
  return {
    format: 'perf.data',
    tool: features.version === null ? null : `perf ${features.version}`,
    kernel: features.kernel,
    arch: features.arch,
    host: features.host,
    cmdline: features.cmdline,
    clock: clockName(attrs[0].clockId),
    wallOffset: clock === null ? null : String(clock.wallNs - clock.clockNs),
    probes,
    unit: 'byte',
    pointers: true,
  };
}
