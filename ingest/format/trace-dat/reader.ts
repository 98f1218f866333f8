// Reads the events of a trace.dat: all CPUs of the buffers that count, in order of time, each event once.
import { type CaptureInfo, newTotals, type ReadTotals, reject } from '../../../core/event/capture.ts';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { Coverage } from '../../probe/coverage.ts';
import { eventKind, type KindContext } from '../../probe/event-kinds.ts';
import { addFunctionProbes } from '../../probe/function-probe.ts';
import { KernelSymbols } from '../../probe/kallsyms.ts';
import { Numbering, type RecordKind } from '../../probe/record-kind.ts';
import { syscallTable } from '../../probe/syscall-table.ts';
import { type ByteSource, CaptureError, type CaptureReader, type RowSink } from '../format.ts';
import { Timeline } from './clock.ts';
import { pushCmdlines } from './cmdlines.ts';
import { CpuStats } from './cpu-stats.ts';
import { CpuStream, type StreamContext } from './cpu-stream.ts';
import { describe, storesAllFormats, unameOf } from './describe.ts';
import { Merge } from './merge.ts';
import { originOf } from './origin.ts';
import { Allowance, pagesOf } from './pages.ts';
import { Place } from './place.ts';
import { SubBuffer } from './sub-buffer.ts';
import { TaskKinds } from './task-kinds.ts';
import type { BufferData, TraceFile } from './trace-file.ts';
import { withinFile } from './within-file.ts';

const LOST_SAMPLES = eventCode('lost_samples');
const RELEASE_ROWS = 1 << 13;
const YIELD_BYTES = 1 << 20;

export class TraceDatReader implements CaptureReader {
  readonly info: CaptureInfo;
  readonly totals: ReadTotals;
  readonly dictionaries = new Dictionaries();
  private readonly source: ByteSource;
  private readonly file: TraceFile;
  private readonly buffers: readonly BufferData[];
  private readonly timeline: Timeline | null;
  private readonly kinds: (RecordKind<Place> | null)[] = [];
  private readonly groups = new Numbering();
  private readonly families = new Numbering();
  private readonly takes: StreamContext['takes'];

  constructor(source: ByteSource, file: TraceFile, totals: ReadTotals) {
    this.source = source;
    this.file = file;
    this.totals = totals;
    this.buffers = withinFile(file.buffers, source.size, totals, file.options.clock);
    if (file.formats.size === 0)
      throw new CaptureError(
        source.name,
        0,
        'the event formats, which say what the records mean, cannot be read',
        'record again with trace-cmd, and stop it with Ctrl-C so that it writes the whole file',
      );
    const origin = originOf(source, this.buffers, file);
    const first = this.buffers.flatMap(({ cpus }) => cpus)[0];
    if (origin === null && first !== undefined) reject(totals, first.offset, 'none of the pages can be read');
    this.timeline = origin === null ? null : new Timeline(origin, file.options);
    this.compile();
    const { takes, main, seen } = this.survey();
    this.takes = takes;
    this.info = describe(file, main.clock, origin, seen);
  }

  get base(): bigint | null {
    return this.timeline?.base ?? null;
  }

  private compile(): void {
    const { file, source, totals, dictionaries, groups, families } = this;
    let symbols: KernelSymbols | null = null;
    const arch = unameOf(file)?.arch ?? (file.littleEndian && file.layout.longSize === 8 ? 'x86_64' : '');
    const context: KindContext = {
      littleEndian: file.littleEndian,
      dictionaries,
      groups,
      families,
      syscalls: syscallTable(arch),
      symbols: () => {
        symbols ??= new KernelSymbols(file.kallsyms());
        return symbols;
      },
      note: (reason) => reject(totals, Math.min(file.cmdlinesAt, source.size), reason),
    };
    // first: where they have as many records as another family they are taken, because they tell more
    for (const family of ['tracepoint', 'task:task_newtask']) families.of(family);
    const tasks = new TaskKinds(context);
    for (const format of file.formats.values()) {
      if (format.id < 0 || format.id > 0xffff) continue;
      this.kinds[format.id] = tasks.of(format) ?? eventKind(format, context);
    }
  }

  /** Whether the same events may be there twice. */
  private mayRepeat(): boolean {
    if (this.buffers.filter(({ cpus }) => cpus.length > 0).length > 1) return true;
    const names = new Set([...this.file.formats.values()].map(({ system, name }) => `${system}:${name}`));
    const probes = [...this.file.formats.values()].filter(({ fields }) =>
      fields.some(({ name }) => name.startsWith('__probe_')),
    );
    const raw = names.has('raw_syscalls:sys_enter') || names.has('raw_syscalls:sys_exit');
    const calls = [...names].some((name) => name.startsWith('syscalls:'));
    return (
      (raw && calls) || probes.length > 0 || (names.has('task:task_newtask') && names.has('sched:sched_process_fork'))
    );
  }

  private *streams(takes: StreamContext['takes'], totals: ReadTotals, seen: Uint8Array | null): Generator<CpuStream> {
    const { file, source, timeline, kinds } = this;
    if (timeline === null) return;
    const { littleEndian, layout } = file;
    const context: StreamContext = { littleEndian, kinds, totals, place: timeline.place, takes, seen };
    const allowance = new Allowance(source.size);
    for (const [k, buffer] of this.buffers.entries()) {
      for (const cpu of buffer.cpus) {
        const page = new SubBuffer(littleEndian, layout, timeline.originHigh, timeline.originLow);
        yield new CpuStream(context, k, cpu.cpu, pagesOf(source, buffer, cpu, littleEndian, allowance), page);
      }
    }
  }

  /**
   * Where each kind of event is taken from, the buffer whose clock counts, and of which ids there are records. Looks through the
   * whole file when an event may be in it twice, or when its formats do not tell which events were recorded.
   */
  private survey(): { takes: StreamContext['takes']; main: BufferData; seen: Uint8Array | null } {
    const { buffers, families, file, source, totals } = this;
    const filled = buffers.filter(({ cpus }) => cpus.length > 0);
    if (!this.mayRepeat() && !storesAllFormats(file))
      return { takes: () => true, main: filled[0] ?? buffers[0], seen: null };
    const coverage = new Coverage(families.names.length);
    const seen = new Uint8Array(1 << 16);
    for (const stream of this.streams(() => true, newTotals(), seen)) {
      while (stream.next())
        if (stream.family >= 0) coverage.add(coverage.sourceOf(stream.buffer, stream.family), stream.group());
    }
    const { chosen, main, otherClock } = coverage.choose(buffers);
    for (const k of otherClock) {
      const { name, clock, cpus } = buffers[k];
      const reason = `the events of buffer '${name}' have another clock (${clock}) and are left out`;
      reject(totals, Math.min(cpus[0].offset, source.size), reason);
    }
    return {
      takes: (buffer, family, group) => chosen[group] === coverage.sourceOf(buffer, family),
      main: buffers[main],
      seen,
    };
  }

  *read(sink: RowSink): Generator<number, void> {
    const { file, dictionaries, source } = this;
    const place = new Place();
    place.rows = sink.rows;
    pushCmdlines(file.cmdlines, file.cmdlinesAt, dictionaries.strings, sink.rows);
    const stats = new CpuStats(file.options.cpuStats);
    const merge = new Merge();
    for (const stream of this.streams(this.takes, this.totals, null)) if (stream.next()) merge.add(stream);
    let waiting = sink.rows.length;
    let yielded = 0;
    let consumed = 0;
    for (let stream = merge.oldest; stream !== undefined; stream = merge.oldest) {
      const { limit } = merge;
      const before = stream.pages.consumed;
      let more = true;
      do {
        stream.push(place);
        more = stream.next();
      } while (more && stream.time <= limit && stream.pages.consumed === before);
      consumed += stream.pages.consumed - before;
      if (more) merge.settle();
      else {
        this.end(stream, stats, place);
        merge.remove();
      }
      if (sink.rows.length >= waiting + RELEASE_ROWS) {
        sink.releaseBefore(merge.oldest?.time ?? Number.NEGATIVE_INFINITY);
        waiting = sink.rows.length;
        // a compressed file of a few megabytes holds millions of events: what was released must not pile up
        yield Math.min(consumed, source.size);
      }
      if (consumed - yielded >= YIELD_BYTES) {
        yielded = consumed;
        yield Math.min(consumed, source.size);
      }
    }
    addFunctionProbes(this.info.probes, place.seen);
  }

  /** Behind a CPU's last record: what its buffer lost in all. */
  private end(stream: CpuStream, stats: CpuStats, place: Place): void {
    stream.finish(place);
    const lost = stats.lost(this.buffers[stream.buffer].name, stream.cpu);
    if (lost === 0) return;
    const row = place.rows.push(stream.time, LOST_SAMPLES, stream.cpu, -1, -1, stream.pages.offset);
    place.rows.args[0][row] = lost;
  }
}
