// The text of `trace-cmd report` as a capture format: recognised by its first line, or by lines of its shape.
import { latin1 } from '../byte-window.ts';
import type { CaptureFormat } from '../format.ts';
import { TraceCmdReportReader } from './reader.ts';

const FIRST = /^cpus=\d+\r?$/m;
const TRACER = /^# tracer: /m;
/** `buffer: comm-tid [cpu] flags time: event:   payload`; tracefs pads nothing behind the event's name, trace-cmd to 22 columns. */
const LINE =
  /^.{1,80}-\d+ +(?:\[\d{3,}\] *|\d+[.a-zA-Z#]\S{3,7} +)(?:[.a-zA-Z#]\S{3,7} +)?\d+(?:\.\d{6,9})?: (?:\(\+\d+\) +)?(?:\w+: {2,}\S|\w{20,}: )/m;
const DROPPED = /^(?:\S+: )?CPU:\d+ \[(?:\d+ )?EVENTS DROPPED\]/m;

export const traceCmdReport: CaptureFormat = {
  name: 'trace-cmd report',

  sniff(head) {
    if (head.includes(0)) return false;
    const text = latin1(head);
    return !TRACER.test(text) && [FIRST, LINE, DROPPED].some((pattern) => pattern.test(text));
  },

  live: () => 'lines',

  open: (source) => new TraceCmdReportReader(source),
};
