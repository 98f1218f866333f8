// The list of task names that the recorder saved at the end (tracefs saved_cmdlines): lines `pid comm`.

import type { StringDictionary } from '../../../core/event/dictionary.ts';
import type { EventBatch } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { paddedString } from '../byte-window.ts';
import { BEFORE_START } from '../format.ts';

const TASK_COMM = eventCode('task_comm');
const NEWLINE = 10;
const SPACE = 32;

/** Pushes a row for each name, as known before the recording began; `offset` is where the text is in the file. */
export function pushCmdlines(text: Uint8Array, offset: number, strings: StringDictionary, rows: EventBatch): void {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf(NEWLINE, start);
    const end = newline < 0 ? text.length : newline;
    let at = start;
    let tid = 0;
    for (; at < end && text[at] >= 48 && text[at] <= 57 && tid < 1e9; at++) tid = tid * 10 + text[at] - 48;
    // anything else is the rest of a name with a newline in it
    if (at > start && at + 1 < end && text[at] === SPACE && tid > 0 && tid < 2 ** 31) {
      const row = rows.push(BEFORE_START, TASK_COMM, -1, -1, tid, offset + start);
      rows.args[0][row] = strings.intern(paddedString(text.subarray(at + 1, end)));
      rows.args[1][row] = 0;
      rows.args[2][row] = 1;
    }
    start = end + 1;
  }
}
