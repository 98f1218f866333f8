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

/** Where a record is, and what its fields are relative to. */
interface Place {
  readonly index: number;
  readonly size: number;
  /** Byte offset in the capture. */
  readonly source: number;
}

type Outcome = string | null | undefined;

const HEADER = 8;

const i32At = (context: RecordContext, at: number): number => context.view.getInt32(at, context.littleEndian);

function decodeComm(context: RecordContext, { index, size, source }: Place): Outcome {
  const { rows, trailer: layout } = context;
  const body = index + HEADER;
  if (size < HEADER + 8) return 'COMM record too short';
  const trailer = readTrailer(context, index, size, layout);
  if (trailer === null) return 'COMM record with an impossible time';
  const misc = context.view.getUint16(index + 4, context.littleEndian);
  const nameEnd = Math.max(body + 8, index + size - layout.size);
  const name = paddedString(context.bytes.subarray(body + 8, nameEnd));
  const row = rows.push(trailer.at, TASK_COMM, trailer.cpu, i32At(context, body), i32At(context, body + 4), source);
  rows.args[0][row] = context.dictionaries.strings.intern(name);
  rows.args[1][row] = (misc & MISC_COMM_EXEC) !== 0 ? 1 : 0;
  rows.args[2][row] = trailer.at === BEFORE_START ? 1 : 0;
  return undefined;
}

function decodeForkOrExit(context: RecordContext, type: number, { index, size, source }: Place): Outcome {
  const { rows } = context;
  const body = index + HEADER;
  if (size < HEADER + 24) return 'FORK or EXIT record too short';
  const trailer = readTrailer(context, index, size, context.trailer);
  const own = context.timeAt(body + 16);
  if (trailer === null || Number.isNaN(own)) return 'FORK or EXIT record with an impossible time';
  const code = type === RECORD.FORK ? TASK_FORK : TASK_EXIT;
  const row = rows.push(own, code, trailer.cpu, i32At(context, body), i32At(context, body + 8), source);
  if (type === RECORD.EXIT) return undefined;
  rows.args[0][row] = i32At(context, body + 4);
  rows.args[1][row] = i32At(context, body + 12);
  rows.args[2][row] = own === BEFORE_START ? 1 : 0;
  return undefined;
}

function decodeLost(context: RecordContext, type: number, { index, size, source }: Place): Outcome {
  const countAt = HEADER + (type === RECORD.LOST ? 8 : 0);
  if (size < countAt + 8) return 'LOST record too short';
  const trailer = readTrailer(context, index, size, context.trailer);
  const count = context.u64(index + countAt);
  if (trailer === null || count > Number.MAX_SAFE_INTEGER) return 'LOST record with an impossible time or count';
  const at = trailer.at === BEFORE_START ? context.lastTime : trailer.at;
  const row = context.rows.push(at, type === RECORD.LOST ? LOST : LOST_SAMPLES, trailer.cpu, -1, -1, source);
  context.rows.args[0][row] = count;
  return undefined;
}

function decodeThrottle(context: RecordContext, type: number, { index, size, source }: Place): Outcome {
  if (size < HEADER + 24) return 'THROTTLE record too short';
  const at = context.timeAt(index + HEADER);
  if (Number.isNaN(at)) return 'THROTTLE record with an impossible time';
  const trailer = readTrailer(context, index, size, context.trailer);
  context.rows.push(at, type === RECORD.THROTTLE ? THROTTLE : UNTHROTTLE, trailer?.cpu ?? -1, -1, -1, source);
  return undefined;
}

/** Decodes a side-band record. Returns a reason when it is damaged, undefined when it was used, null when it has no use. */
export function decodeSideBand(
  context: RecordContext,
  type: number,
  index: number,
  size: number,
  source: number,
): Outcome {
  switch (type) {
    case RECORD.COMM:
      return decodeComm(context, { index, size, source });
    case RECORD.FORK:
    case RECORD.EXIT:
      return decodeForkOrExit(context, type, { index, size, source });
    case RECORD.LOST:
    case RECORD.LOST_SAMPLES:
      return decodeLost(context, type, { index, size, source });
    case RECORD.THROTTLE:
    case RECORD.UNTHROTTLE:
      return decodeThrottle(context, type, { index, size, source });
    default:
      return null;
  }
}
