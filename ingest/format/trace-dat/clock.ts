// What timestamps of a trace.dat mean: the clock's name and unit, their relation to wall-clock time, and what rescales them.
import type { ClockSamples, TimeShift, TraceOptions } from './options.ts';

/** Clocks whose unit is not the nanosecond, by their names in tracefs (kernel/trace/trace.c: trace_clocks). */
const UNITS: ReadonlyMap<string, string> = new Map([
  ['counter', 'no time'],
  ['uptime', 'jiffies'],
  ['x86-tsc', 'cycles'],
  ['ppc-tb', 'cycles'],
  ['s390-tod', '1/4096 us'],
]);

export interface TraceClock {
  /** The clock's name with its unit behind it when that is not the nanosecond. */
  readonly name: string;
  readonly nanoseconds: boolean;
}

/** `tsc`: the file says how cycles become nanoseconds. */
export function traceClock(name: string | null, tsc: boolean): TraceClock {
  if (name === null) return { name: 'unknown', nanoseconds: true };
  const unit = UNITS.get(name) ?? (name === 'tsc2nsec' ? 'cycles' : undefined);
  if (unit === undefined) return { name, nanoseconds: true };
  return tsc && unit === 'cycles' ? { name, nanoseconds: true } : { name: `${name} (${unit})`, nanoseconds: false };
}

/** 2001-09-09 in nanoseconds since the epoch: no clock that starts at boot comes near. */
const WALL = 1_000_000_000_000_000_000n;

/** Nanoseconds to add to the clock for time since the epoch; null when the file has no such relation. `first` is some event's time. */
export function wallOffsetOf({ date, offset }: TraceOptions, first: bigint): bigint | null {
  if (date !== null) return date + (offset ?? 0n);
  return offset !== null && first + offset >= WALL ? offset : null;
}

/** What else the user had added to the times: a shift that leads to another clock, not to wall-clock time. */
export const shiftOf = (options: TraceOptions, first: bigint): bigint =>
  options.offset !== null && wallOffsetOf(options, first) === null ? options.offset : 0n;

/** The whole number nearest to a quotient. */
function rounded(dividend: bigint, divisor: bigint): bigint {
  const doubled = 2n * dividend + divisor;
  const quotient = doubled / (2n * divisor);
  return doubled < 0n && doubled % (2n * divisor) !== 0n ? quotient - 1n : quotient;
}

const near = (samples: ClockSamples, k: number, time: bigint, interpolate: boolean): bigint => {
  const { times, offsets, scalings, fractions } = samples;
  let correction = offsets[k];
  if (interpolate && k + 1 < times.length) {
    const delta = times[k + 1] - times[k];
    if (delta > 0n) correction += rounded((time - times[k]) * (offsets[k + 1] - offsets[k]), delta);
  }
  return ((time * scalings[k]) >> fractions[k]) + correction;
};

/** A guest's time on its host's clock: the sample before it counts, or a line between that and the next one. */
export function shifted({ interpolate, cpus }: TimeShift, time: bigint, cpu: number): bigint {
  const samples = cpus[cpu];
  if (samples === undefined || samples.times.length === 0) return time;
  const { times } = samples;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time) low = middle;
    else high = middle - 1;
  }
  // behind the last sample the line through the last two goes on
  return near(samples, Math.max(0, Math.min(low, times.length - 2)), time, interpolate);
}

const HIGHEST = (1n << 64n) - 1n;

/** Rows' times: numbers relative to one clock value. */
export class Timeline {
  /** Timestamp as recorded that relative times count from, in halves. */
  readonly originHigh: number;
  readonly originLow: number;
  /** The same after rescaling: what rows' times are relative to. */
  readonly base: bigint;
  private readonly origin: bigint;
  private readonly options: TraceOptions;

  constructor(origin: bigint, options: TraceOptions) {
    this.origin = origin;
    this.options = options;
    this.originHigh = Number(origin >> 32n);
    this.originLow = Number(origin & 0xffffffffn);
    this.base = this.scale(origin, -1) + shiftOf(options, origin);
    if (options.tsc !== null || options.timeShift !== null) this.place = (relative, cpu) => this.rescale(relative, cpu);
  }

  /** The row time of an event `relative` to the origin as recorded; null when times are taken as they are. */
  readonly place: ((relative: number, cpu: number) => number) | null = null;

  private rescale(relative: number, cpu: number): number {
    const raw = this.origin + BigInt(relative);
    if (raw < 0n || raw > HIGHEST) return Number.NaN;
    return Number(this.scale(raw, cpu) + shiftOf(this.options, this.origin) - this.base);
  }

  private scale(raw: bigint, cpu: number): bigint {
    const { timeShift, tsc } = this.options;
    const time = timeShift === null ? raw : shifted(timeShift, raw, cpu);
    return tsc === null ? time : (time * tsc.mult) >> tsc.shift;
  }
}
