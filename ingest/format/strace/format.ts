// strace's output as a capture format: recognised by calls with results, behind any of its prefixes.
import { latin1 } from '../byte-window.ts';
import type { CaptureFormat } from '../format.ts';
import { StraceReader } from './reader.ts';

const START = String.raw`^(?:\[pid +\d+(?:<.{0,64}>)?\] |\d+(?:<.{0,64}>)? +)?(?:\d\d:\d\d:\d\d(?:\.\d+)? |\d+\.\d+ | +\d+\.\d+ )?(?:\(\+ +\d+\.\d+\) )?(?:\[[^\]\n]{1,18}\] )*`;
/** A call that returned. */
const CALL = new RegExp(String.raw`${START}[a-z_]\w*\(.*\) += (?:-?\d|\?)`, 'm');
/** Calls in pieces, and what happens to tasks. */
const OTHER = new RegExp(
  String.raw`${START}(?:[a-z_]\w*\(.*<unfinished \.\.\.>\r?$|<\.\.\. \w+ resumed>|\+\+\+ (?:exited with \d|killed by SIG)|--- SIG[A-Z]+ \{)`,
  'm',
);

export const strace: CaptureFormat = {
  name: 'strace',

  sniff(head) {
    if (head.includes(0)) return false;
    const text = latin1(head);
    return CALL.test(text) || OTHER.test(text);
  },

  live: () => 'lines',

  open: (source) => new StraceReader(source),
};
