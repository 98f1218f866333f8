// bpftrace's output as a capture: -f json, or the text of acceptq's own program.
import type { ByteSource, CaptureFormat, CaptureReader } from '../format.ts';
import { ToolTextReader } from '../tool-text/reader.ts';
import { recogniseTool } from '../tool-text/recognise.ts';
import { BpftraceReader } from './reader.ts';

const latin1 = new TextDecoder('latin1');
/** What bpftrace says before the program does; 0.24 and later say it on stderr. */
const STARTS = [/^\{"type": ?"/, /^Attaching \d+ probes?\.\.\./, /^Attached \d+ probes?/, /^aq 1 \d/];

/** Lines of a shell, blank ones and bpftrace's remarks may come first. */
export const bpftrace: CaptureFormat = {
  name: 'bpftrace',

  sniff(head) {
    const lines = latin1.decode(head).split('\n', 32);
    const first = lines.find((line) => STARTS.some((start) => start.test(line)));
    if (first === undefined) return false;
    // another program's text belongs to the tool that prints it
    return first.startsWith('{') || first.startsWith('aq ') || lines.some((line) => line.startsWith('aq 1 '));
  },

  live: () => 'lines',

  // bpftrace's own tools may have printed into its JSON
  open: (source: ByteSource): CaptureReader =>
    recogniseTool(source) === null ? new BpftraceReader(source) : new ToolTextReader(source),
};
