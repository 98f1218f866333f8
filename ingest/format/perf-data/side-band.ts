// Records about tasks and losses: COMM, FORK, EXIT, LOST, LOST_SAMPLES, THROTTLE; each becomes one row.
import { eventCode } from '../../../core/event/event-type.ts';
import { paddedString } from '../byte-window.ts';
import { BEFORE_START } from '../format.ts';
import type { RecordContext } from './record-context.ts';
import type { TrailerLayout } from './sample-layout.ts';

export const RECORD = {
  LOST: 2,
  COMM: 3,
  EXIT: 4,
  THROTTLE: 5,
  UNTHROTTLE: 6,
  FORK: 7,
  SAMPLE: 9,
  LOST_SAMPLES: 13,
  FINISHED_ROUND: 68,
  COMPRESSED: 81,
  COMPRESSED2: 83,
} as const;

/** Records of the kernel have numbers below this and may end with a sample_id trailer; the others are the tool's own. */
export const FIRST_TOOL_RECORD = 64;
const MISC_COMM_EXEC = 0x2000;
const TASK_COMM = eventCode('task_comm');
const TASK_FORK = eventCode('task_fork');
const TASK_EXIT = eventCode('task_exit');
const LOST = eventCode('lost');
const LOST_SAMPLES = eventCode('lost_samples');
const THROTTLE = eventCode('throttle');
const UNTHROTTLE = eventCode('unthrottle');

interface Trailer {
  readonly at: number;
  readonly cpu: number;
  readonly pid: number;
  readonly tid: number;
}

/** The trailer at the end of a record; time 0 marks what perf made up at start. Null when the time cannot be right. */
function readTrailer(context: RecordContext, index: number, size: number, layout: TrailerLayout): Trailer | null {
  const { view, littleEndian } = context;
  const end = index + size;
  if (layout.size === 0 || layout.size + 8 > size) return { at: context.lastTime, cpu: -1, pid: -1, tid: -1 };
  const i32 = (back: number, add: number): number => (back === 0 ? -1 : view.getInt32(end - back + add, littleEndian));
  let at = context.lastTime;
  if (layout.time !== 0) {
    at = context.timeAt(end - layout.time);
    if (Number.isNaN(at)) return null;
  }
  return { at, cpu: i32(layout.cpu, 0), pid: i32(layout.tid, 0), tid: i32(layout.tid, 4) };
}

/**
 * Decodes the side-band record of `size` bytes at `index`. Returns a reason when it is damaged, undefined when it was used,
 * null when acceptq has no use for it.
 */
export function decodeSideBand(
  context: RecordContext,
  type: number,
  index: number,
  size: number,
  source: number,
): string | null | undefined {
  const { view, littleEndian, rows } = context;
  const body = index + 8;
  const bodySize = size - 8;
  const u32 = (offset: number): number => view.getInt32(body + offset, littleEndian);
  const need = (bytes: number): boolean => bodySize >= bytes;
  const layout = context.trailer;
  switch (type) {
    case RECORD.COMM: {
      if (!need(8)) return 'COMM record too short';
      const trailer = readTrailer(context, index, size, layout);
      if (trailer === null) return 'COMM record with an impossible time';
      const misc = view.getUint16(index + 4, littleEndian);
      const nameEnd = Math.max(8, bodySize - layout.size);
      const name = paddedString(context.bytes.subarray(body + 8, body + nameEnd));
      const row = rows.push(trailer.at, TASK_COMM, trailer.cpu, u32(0), u32(4), source);
      rows.args[0][row] = context.dictionaries.strings.intern(name);
      rows.args[1][row] = (misc & MISC_COMM_EXEC) !== 0 ? 1 : 0;
      rows.args[2][row] = trailer.at === BEFORE_START ? 1 : 0;
      return undefined;
    }
    case RECORD.FORK:
    case RECORD.EXIT: {
      if (!need(24)) return 'FORK or EXIT record too short';
      const trailer = readTrailer(context, index, size, layout);
      const own = context.timeAt(body + 16);
      if (trailer === null || Number.isNaN(own)) return 'FORK or EXIT record with an impossible time';
      const code = type === RECORD.FORK ? TASK_FORK : TASK_EXIT;
      const row = rows.push(own, code, trailer.cpu, u32(0), u32(8), source);
      if (type === RECORD.FORK) {
        rows.args[0][row] = u32(4);
        rows.args[1][row] = u32(12);
        rows.args[2][row] = own === BEFORE_START ? 1 : 0;
      }
      return undefined;
    }
    case RECORD.LOST:
    case RECORD.LOST_SAMPLES: {
      const countAt = type === RECORD.LOST ? 8 : 0;
      if (!need(countAt + 8)) return 'LOST record too short';
      const trailer = readTrailer(context, index, size, layout);
      const count = context.u64(body + countAt);
      if (trailer === null || count > Number.MAX_SAFE_INTEGER) return 'LOST record with an impossible time or count';
      const at = trailer.at === BEFORE_START ? context.lastTime : trailer.at;
      const row = rows.push(at, type === RECORD.LOST ? LOST : LOST_SAMPLES, trailer.cpu, -1, -1, source);
      rows.args[0][row] = count;
      return undefined;
    }
    case RECORD.THROTTLE:
    case RECORD.UNTHROTTLE: {
      if (!need(24)) return 'THROTTLE record too short';
      const at = context.timeAt(body);
      if (Number.isNaN(at)) return 'THROTTLE record with an impossible time';
      const trailer = readTrailer(context, index, size, layout);
      rows.push(at, type === RECORD.THROTTLE ? THROTTLE : UNTHROTTLE, trailer?.cpu ?? -1, -1, -1, source);
      return undefined;
    }
    default:
      return null;
  }
}
