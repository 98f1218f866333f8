// A first look at a strace: which times it has, and which task wrote the lines before the first `[pid 17]`.
import { latin1 } from '../byte-window.ts';
import type { LineWalk } from '../text/line-walk.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import { LineStart, type TimeKind } from './line-start.ts';

const MOST_LINES = 1 << 16;
const TIMES_LOOKED_AT = 512;
const LONGEST = 4096;
const PREFIX = /^\[pid +(\d{1,10})/;
const ATTACHED = /strace: Process (\d{1,10}) attached/;
const MAKES = /\b(?:clone3?|v?fork)(?:\(| resumed>)/;
const RESULT = /\) {1,64}= (\d{1,10})(?: |$)/;

export interface FirstLook {
  readonly kind: TimeKind;
  /** Seconds of the first times. */
  readonly seconds: readonly number[];
  /** Task of lines without a pid; -1 when nothing tells. */
  readonly mainTid: number;
}

/** strace leaves `[pid]` out while it follows one task only: the first pid it prints that is no child's is that task's. */
export function firstLook(walk: LineWalk, cursor: TextCursor, name: string): FirstLook {
  const start = new LineStart();
  const kinds = new Map<TimeKind, number>();
  const seconds: number[] = [];
  const children = new Set<string>();
  let mainTid = -1;
  let prefixed = false;
  for (let lines = 0; lines < MOST_LINES && walk.next(); lines++) {
    cursor.set(walk.bytes, walk.start, walk.end);
    if (lines < TIMES_LOOKED_AT) {
      start.read(cursor);
      kinds.set(start.kind, (kinds.get(start.kind) ?? 0) + 1);
      if (start.kind === 'epoch') seconds.push(start.seconds);
      if (start.tid >= 0) prefixed = true;
    } else if (prefixed && mainTid >= 0) break;
    const text = latin1(walk.bytes.subarray(walk.start, Math.min(walk.end, walk.start + LONGEST)));
    const made = MAKES.test(text) ? RESULT.exec(text) : null;
    const child = ATTACHED.exec(text)?.[1] ?? made?.[1];
    if (child !== undefined) children.add(child);
    const pid = PREFIX.exec(text)?.[1];
    if (pid !== undefined && !children.has(pid) && mainTid < 0) mainTid = Number(pid);
  }
  walk.rewind();
  const own = /\.(\d{1,10})$/.exec(name); // -ff writes one file for each task
  if (!prefixed && own !== null) mainTid = Number(own[1]);
  const [kind] = [...kinds].filter(([kind]) => kind !== 'none').sort((a, b) => b[1] - a[1])[0] ?? ['none'];
  return { kind: kind as TimeKind, seconds, mainTid };
}
