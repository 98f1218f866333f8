// What a trace.dat says about itself: host, kernel, clock, the events that were recorded.
import type { CaptureInfo } from '../../../core/event/capture.ts';
import { traceClock, wallOffsetOf } from './clock.ts';
import type { TraceFile } from './trace-file.ts';

/** Whoever selects events selects fewer; `trace-cmd extract` stores the formats of all that the kernel has. */
const SELECTED = 256;

export const storesAllFormats = ({ formats }: TraceFile): boolean => formats.size > SELECTED;

/** `Linux HOST RELEASE MACHINE`, null where the file has no such line. */
export function unameOf({ options }: TraceFile): { host: string; kernel: string; arch: string } | null {
  const words = options.uname?.trim().split(/\s+/) ?? [];
  if (words.length < 4) return null;
  return { host: words[1], kernel: words[words.length - 2], arch: words[words.length - 1] };
}

/** `clock` is the name of the events' clock, `first` an event's time; `seen` has a 1 for ids of which there are records, where that was looked at. */
export function describe(
  file: TraceFile,
  clock: string | null,
  first: bigint | null,
  seen: Uint8Array | null,
): CaptureInfo {
  const { formats, options } = file;
  const uname = unameOf(file);
  const { name, nanoseconds } = traceClock(clock, options.tsc !== null);
  const wall = first === null || !nanoseconds ? null : wallOffsetOf(options, first);
  const version = options.version?.trim().split(/\s+/)[0] ?? '';
  const all = storesAllFormats(file) && seen !== null;
  const recorded = [...formats.values()].filter(({ system, id }) => system !== 'ftrace' && (!all || seen[id] === 1));
  return {
    format: 'trace.dat',
    tool: version === '' ? null : `trace-cmd ${version}`,
    kernel: uname?.kernel ?? null,
    arch: uname?.arch ?? null,
    host: uname?.host ?? null,
    cmdline: null,
    clock: name,
    wallOffset: wall === null ? null : String(wall),
    probes: recorded.map((format) => `${format.system}:${format.name}`),
    unit: 'byte',
    pointers: true,
  };
}
