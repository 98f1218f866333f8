// perf.data as a capture format: recognised by its magic.
import { type ByteSource, CaptureError, type CaptureFormat, type CaptureReader } from '../format.ts';
import { isPipeHeader, readMagic } from './header.ts';
import { PerfDataReader } from './reader.ts';

export const perfData: CaptureFormat = {
  name: 'perf.data',

  sniff: (head) => readMagic(head) !== null,

  // only what perf writes to a pipe has all that describes it in front
  live: (head) => (isPipeHeader(head) ? 'records' : null),

  open(source: ByteSource): CaptureReader {
    const magic = readMagic(source.read(0, 8));
    if (magic === 'version 1') {
      throw new CaptureError(
        source.name,
        0,
        'this perf.data has the first layout, which perf has not written since 2009',
        'record it with a perf of this century',
      );
    }
    return new PerfDataReader(source, magic === 'little');
  },
};
