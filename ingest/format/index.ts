// The registry of wire formats: adding one is a folder and a line here.

import { bpftrace } from './bpftrace/format.ts';
import { type ByteSource, CaptureError, type CaptureFormat } from './format.ts';
import { perfData } from './perf-data/format.ts';
import { perfScript } from './perf-script/format.ts';
import { strace } from './strace/format.ts';
import { toolText } from './tool-text/format.ts';
import { traceCmdReport } from './trace-cmd-report/format.ts';
import { traceDat } from './trace-dat/format.ts';
import { tracefsText } from './tracefs-text/format.ts';

/** Binary formats first: a text is told by what its lines look like, which the bytes of a binary file might do by chance. */
export const FORMATS: readonly CaptureFormat[] = [
  perfData,
  traceDat,
  bpftrace,
  toolText,
  traceCmdReport,
  perfScript,
  tracefsText,
  strace,
];

const HEAD = 4096;

/** The format of a capture, decided by its content alone. Throws CaptureError for an empty or unknown file. */
export function sniff(source: ByteSource): CaptureFormat {
  const accepted = FORMATS.map((format) => format.name).join(', ');
  const head = source.read(0, HEAD);
  if (head.length === 0) {
    throw new CaptureError(source.name, 0, 'the file is empty', `record it again; acceptq reads: ${accepted}`);
  }
  const format = FORMATS.find((candidate) => candidate.sniff(head));
  if (format !== undefined) return format;
  const zero = head.every((byte) => byte === 0);
  const first = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const what = zero
    ? `the first ${head.length} bytes are all zero: the file was never written, or its disk blocks were lost`
    : `the content is of no known format (it starts with the bytes ${first})`;
  throw new CaptureError(
    source.name,
    0,
    what,
    `acceptq reads: ${accepted}; what ss, nstat or /proc/net print goes beside a capture: --with FILE`,
  );
}
