// The text of `perf script` as a capture format: recognised by its header block, or by lines of its shape.
import { latin1 } from '../byte-window.ts';
import type { CaptureFormat } from '../format.ts';
import { PerfScriptReader } from './reader.ts';

const HEADER = /^# ========\n# captured on/m;
/** `comm pid/tid [cpu] time: event` */
const LINE =
  /^.{1,40} -?\d{1,10}(?:\/-?\d{1,10})? +(?:\[\d{3,}\] +)?\d+\.\d{6,9}: +(?:\d+ +)?(?:[\w-]+:[\w-]+:|PERF_RECORD_)/m;
/** The same without a time: told apart to say what is missing. */
const UNTIMED = /^.{1,40} \d{1,10}(?:\/\d{1,10})? +\[\d{3,}\] +[a-z_]\w*:[a-z_]\w*: /m;

export const perfScript: CaptureFormat = {
  name: 'perf script',

  sniff(head) {
    if (head.includes(0)) return false;
    const text = latin1(head);
    return [HEADER, LINE, UNTIMED].some((pattern) => pattern.test(text));
  },

  live: () => 'lines',

  open: (source) => new PerfScriptReader(source),
};
