// Reads a perf.data file: header and features first, then the records in file order.
import { type CaptureInfo, newTotals, reject } from '../../../core/event/capture.ts';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { compileTracepoint, type TracepointDecoder } from '../../probe/tracepoint.ts';
import { BlockReader, ByteWindow } from '../byte-window.ts';
import type { EventFormat } from '../event-format/parse.ts';
import { type ByteSource, CaptureError, type CaptureReader, type RowSink } from '../format.ts';
import { clockName, type EventAttr, TYPE_TRACEPOINT } from './attr.ts';
import { readAttrs } from './attrs-section.ts';
import { FEATURE, type Features, featureSections, readFeatures } from './features.ts';
import { type FileHeader, readHeader, type Section } from './header.ts';
import { RecordContext } from './record-context.ts';
import { RecordWalk } from './record-walk.ts';
import { SampleDecoder } from './sample.ts';
import { trailerLayout } from './sample-layout.ts';
import { decodeSideBand, FIRST_TOOL_RECORD, RECORD } from './side-band.ts';
import { readTracingData } from './tracing-data.ts';

const RECORD_AGAIN = 'record again and stop perf with Ctrl-C or SIGINT, so that it writes the rest of its file';
const MAX_FORMATS_SIZE = 64 << 20;
const YIELD_BYTES = 1 << 20;
const SOME_TIMES = 256;
const MOST_LOOKED_AT = 65536;

export class PerfDataReader implements CaptureReader {
  readonly info: CaptureInfo;
  readonly totals = newTotals();
  readonly dictionaries = new Dictionaries();
  private readonly window: ByteWindow;
  private readonly data: Section;
  private readonly context: RecordContext;
  private readonly samples: SampleDecoder;

  constructor(source: ByteSource, littleEndian: boolean) {
    this.window = new ByteWindow(source);
    const header = readHeader(this.window, littleEndian);
    if (header === null)
      throw new CaptureError(source.name, source.size, 'the file ends inside the perf.data header', RECORD_AGAIN);
    if (header.pipe) {
      throw new CaptureError(
        source.name,
        8,
        'this perf.data was written to a pipe, a form that is not read yet',
        'record to a file (perf record -o perf.data), or convert it: perf inject -i CAPTURE -o perf.data',
      );
    }
    const { attrs, ids } = readAttrs(this.window, header, this.totals);
    if (attrs.length === 0) {
      throw new CaptureError(
        source.name,
        Math.min(header.attrs.offset, source.size),
        'the list of recorded events cannot be read',
        RECORD_AGAIN,
      );
    }
    this.data = this.dataSection(header, source);
    const sections = featureSections(this.window, header);
    if (sections.has(FEATURE.COMPRESSED)) {
      throw new CaptureError(
        source.name,
        Math.min(header.data.offset, source.size),
        'this perf.data is compressed (perf record -z), a form that is not read yet',
        'record without -z, or convert it: perf inject -i CAPTURE -o perf.data',
      );
    }
    const features = readFeatures(this.window, header, sections);
    const formats = this.readFormats(sections.get(FEATURE.TRACING_DATA));
    this.checkFormats(source, header, attrs, formats);
    this.context = new RecordContext(
      littleEndian,
      this.dictionaries,
      trailerLayout(attrs[0].sampleIdAll ? attrs[0].sampleType : 0),
    );
    this.samples = new SampleDecoder(attrs, ids, (attr) => this.compile(attr, formats, littleEndian));
    this.context.setTimes(this.someTimes(), features.sampleTime);
    this.info = describe(attrs, formats, features);
  }

  /** The decoder of an event; null for one that acceptq has no use for, or whose format is missing or useless. */
  private compile(
    attr: EventAttr,
    formats: ReadonlyMap<number, EventFormat>,
    littleEndian: boolean,
  ): TracepointDecoder | null {
    if (attr.type !== TYPE_TRACEPOINT) return null;
    const format = formats.get(attr.config);
    if (format === undefined) {
      reject(this.totals, this.data.offset, `event ${attr.config} was recorded, but its format is missing`);
      return null;
    }
    const decoder = compileTracepoint(format, littleEndian, this.dictionaries);
    if (decoder !== null && decoder.missing.length > 0) {
      reject(
        this.totals,
        this.data.offset,
        `the format of ${format.system}:${format.name} lacks ${decoder.missing.join(', ')}`,
      );
    }
    return decoder;
  }

  /** Times of the first samples, to tell plausible ones from damaged ones. */
  private someTimes(): bigint[] {
    const { context, window } = this;
    const times: bigint[] = [];
    const walk = new RecordWalk(window, this.data, context.littleEndian, newTotals());
    for (let looked = 0; times.length < SOME_TIMES && looked < MOST_LOOKED_AT && walk.next(); looked++) {
      if (walk.type !== RECORD.SAMPLE) continue;
      context.view = window.view;
      const time = this.samples.timeOf(context, walk.index, walk.size);
      if (time !== null) times.push(time);
    }
    return times;
  }

  get base(): bigint | null {
    return this.context.base;
  }

  *read(sink: RowSink): Generator<number, void> {
    const { context, totals, window } = this;
    const walk = new RecordWalk(window, this.data, context.littleEndian, totals);
    context.rows = sink.rows;
    let yielded = this.data.offset;
    while (walk.next()) {
      const { index, size, type, offset } = walk;
      context.view = window.view;
      context.bytes = window.bytes;
      totals.records++;
      const outcome =
        type === RECORD.SAMPLE
          ? this.samples.decode(context, index, size, offset)
          : this.decodeOther(sink, type, index, size, offset);
      if (outcome === null) totals.ignored++;
      else if (outcome !== undefined) reject(totals, offset, outcome);
      if (offset - yielded >= YIELD_BYTES) {
        yielded = offset;
        yield offset;
      }
    }
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
    if (type === RECORD.COMPRESSED || type === RECORD.COMPRESSED2)
      return 'compressed record in a file that does not announce any';
    return null;
  }

  /** The data section as far as the file goes; a size of 0 means that perf never came to write it. */
  private dataSection(header: FileHeader, source: ByteSource): Section {
    const { offset, size } = header.data;
    const available = Math.max(0, source.size - offset);
    if (size === 0) {
      reject(
        this.totals,
        48,
        'the header says that the data section is empty: perf was killed before it could finish the file',
      );
      return { offset, size: available };
    }
    if (size > available) {
      reject(this.totals, source.size, `the file ends ${size - available} bytes before the end of its data section`);
      return { offset, size: available };
    }
    return { offset, size };
  }

  private readFormats(section: Section | undefined): Map<number, EventFormat> {
    if (section === undefined) return new Map();
    const bytes = this.window.copy(section.offset, Math.min(section.size, MAX_FORMATS_SIZE));
    const { formats, damage } = readTracingData((littleEndian) => new BlockReader(bytes, littleEndian));
    if (damage !== null)
      reject(this.totals, section.offset + damage.offset, `the event formats end early: ${damage.reason}`);
    return formats;
  }

  /** Without formats no field of an event can be found: say so instead of showing an empty report. */
  private checkFormats(
    source: ByteSource,
    header: FileHeader,
    attrs: readonly EventAttr[],
    formats: ReadonlyMap<number, EventFormat>,
  ): void {
    const tracepoints = attrs.filter((attr) => attr.type === TYPE_TRACEPOINT);
    if (tracepoints.length === 0) {
      throw new CaptureError(
        source.name,
        header.attrs.offset,
        'this perf.data has no tracepoints: it records CPU samples or counters only',
        'record the events that the README lists',
      );
    }
    if (tracepoints.some((attr) => formats.has(attr.config))) return;
    let records = 0;
    const walk = new RecordWalk(this.window, this.data, header.littleEndian, newTotals());
    while (walk.next()) records++;
    const end = header.data.offset + header.data.size;
    const where =
      header.data.size === 0
        ? 'perf was killed before it wrote them'
        : `they belong behind offset ${end}, the file has ${source.size} bytes`;
    throw new CaptureError(
      source.name,
      Math.min(end, source.size),
      `${records} records are there, but not the event formats that say what they mean (${where})`,
      RECORD_AGAIN,
    );
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
  };
}
