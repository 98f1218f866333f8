// tracefs text as a capture format: recognised by its header, or by lines of its shape.
import { latin1 } from '../byte-window.ts';
import type { CaptureFormat } from '../format.ts';
import { TracefsTextReader } from './reader.ts';

/** The `#` lines that only tracefs writes. */
const HEADER =
  /^(?:# tracer: |# entries-in-buffer\/entries-written: |#\s+TASK-PID |##### CPU \d+ buffer started|# event histogram|# trigger info:)/m;
/** `comm-tid [cpu] flags time: event`, with the columns that options add or leave out. */
const LINE =
  /^.{1,32}-\d+ +(?:\( *[-\d]+\) +)?\[\d{3,}\] +(?:\( *[-\d]+\) +)?(?:[.a-zA-Z#~][^\s]{3,7} +)?\d+(?:\.\d{6})?: /m;
/** `comm-tid  1..s1. 167344us+: event` */
const LATENCY = /^.{1,16}-\d+ +\d+[.a-zA-Z#][^\s]{3,7} +\d+us.: /m;
/** `comm tid cpu flags depth index [microseconds] 12.345ms (+0.001ms): event` */
const VERBOSE = /^.{1,40} \d+ +\d+ \d+ [0-9a-f]{8} [0-9a-f]{8} \[[0-9a-f]+\] \d+\.\d+ms \(\+/m;
/** Events without a context. */
const BARE = /^sys_\w+(?:\(.*\)| -> 0x[0-9a-f]+)\r?$/m;
/** ` 0) + 82.218 us   |      inet_csk_listen_start();` */
const GRAPH = /^ *(?:\d+\.\d+ +\| +)?\d+\) [^|\n]{0,64}\|.*[;{}]/m;
/** What is told apart only to be refused with a reason. */
const NUMBERS = /^ *(?:\d+ \d+ \d+|[0-9a-f]{8} [0-9a-f]{8} [0-9a-f]{16}) type: \d+/m;
const LOST = /^CPU:\d+ \[LOST (?:\d+ )?EVENTS\]/m;

export const tracefsText: CaptureFormat = {
  name: 'tracefs text',

  sniff(head) {
    if (head.includes(0)) return false;
    const text = latin1(head);
    return [HEADER, LINE, LATENCY, VERBOSE, GRAPH, BARE, NUMBERS, LOST].some((pattern) => pattern.test(text));
  },

  live: () => 'lines',

  open: (source) => new TracefsTextReader(source),
};
