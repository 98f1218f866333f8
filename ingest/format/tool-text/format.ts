// The text of the stock tools as a capture: told by the header line or banner that each of them prints first.
import type { ByteSource, CaptureFormat, CaptureReader } from '../format.ts';
import { readHeader } from './columns.ts';
import { ToolTextReader } from './reader.ts';
import { BANNER } from './synbl.ts';

const latin1 = new TextDecoder('latin1');
const MOST_LINES = 32;

/** Lines of a shell and the tools' own remarks may come first. */
export const toolText: CaptureFormat = {
  name: 'tool text',
  sniff: (head) =>
    latin1
      .decode(head)
      .split('\n', MOST_LINES)
      .some((line) => readHeader(line.trimEnd()) !== null || BANNER.test(line)),
  live: () => 'lines',

  open: (source: ByteSource): CaptureReader => new ToolTextReader(source),
};
