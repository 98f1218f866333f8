// trace.dat, what trace-cmd records, as a capture format: versions 6 and 7, recognised by their magic.
import { newTotals, reject } from '../../../core/event/capture.ts';
import { ByteWindow } from '../byte-window.ts';
import { type ByteSource, CaptureError, type CaptureFormat, type CaptureReader } from '../format.ts';
import { HEAD, hasMagic, readStart, type Start } from './header.ts';
import { openLatencyText } from './latency-text.ts';
import { TraceDatReader } from './reader.ts';
import { type Codec, plausiblePageSize, type Reading, type TraceFile } from './trace-file.ts';
import { readVersion6 } from './version-6.ts';
import { readVersion7, readVersion7Start } from './version-7.ts';

const RECORD_AGAIN = 'copy the file again if its end is missing, or record again';

function refuseVersion(source: ByteSource, version: string): CaptureError {
  if (/^0\.\d+$/.test(version)) {
    return new CaptureError(
      source.name,
      10,
      'these are the event formats out of a perf.data or an old trace, without any events',
      'give acceptq the perf.data itself',
    );
  }
  const shown = /^[\x20-\x7e]{1,16}$/.test(version) ? `version ${version}` : 'an unknown version';
  return new CaptureError(
    source.name,
    10,
    `this trace.dat is of ${shown}; 6 and 7 can be read`,
    'convert it with a newer trace-cmd (trace-cmd convert), or record with trace-cmd 2.0 or later',
  );
}

function codecOf(source: ByteSource, name: string, offset: number): Codec {
  if (name === 'none' || name === 'zlib' || name === 'zstd') return name;
  throw new CaptureError(
    source.name,
    offset,
    `this trace.dat is compressed with ${/^[\w.-]{1,16}$/.test(name) ? name : 'something unknown'}; zlib and zstd can be read`,
    'convert it: trace-cmd convert --compression none -i CAPTURE -o trace.dat',
  );
}

/** Everything but the pages. Throws CaptureError when what is there cannot be decoded. */
function readTraceFile(source: ByteSource, start: Start, reading: Reading): TraceFile {
  const { window, littleEndian } = reading;
  let reason = 'it is damaged';
  const noting: Reading = {
    ...reading,
    reject: (offset, text) => {
      reason = text;
      reading.reject(offset, text);
    },
  };
  let file: TraceFile | null;
  if (start.version === '6') file = readVersion6(noting, start.end);
  else {
    const more = readVersion7Start(window, littleEndian, start.end);
    if (more === null)
      throw new CaptureError(source.name, source.size, 'the file ends inside the trace.dat header', RECORD_AGAIN);
    const codec = codecOf(source, more.compression, start.end);
    if (more.options === 0 || more.options >= source.size) {
      const where =
        more.options === 0 ? 'trace-cmd was killed before it wrote it' : `it belongs at offset ${more.options}`;
      const message = `the list of what is in the file is missing (${where}; the file has ${source.size} bytes)`;
      throw new CaptureError(source.name, Math.min(more.options, source.size), message, RECORD_AGAIN);
    }
    file = readVersion7(noting, more, codec);
  }
  if (file === null)
    throw new CaptureError(source.name, start.end, `the trace.dat cannot be read: ${reason}`, RECORD_AGAIN);
  return file;
}

export const traceDat: CaptureFormat = {
  name: 'trace.dat',

  sniff: hasMagic,

  open(source: ByteSource): CaptureReader {
    const start = readStart(source.read(0, HEAD));
    if (start === null)
      throw new CaptureError(
        source.name,
        Math.min(10, source.size),
        'the file ends inside the trace.dat header',
        RECORD_AGAIN,
      );
    if (start.version !== '6' && start.version !== '7') throw refuseVersion(source, start.version);
    const totals = newTotals();
    const reading: Reading = {
      window: new ByteWindow(source),
      littleEndian: start.littleEndian,
      pageSize: plausiblePageSize(start.pageSize),
      reject: (offset, reason) => reject(totals, Math.max(0, Math.min(offset, source.size)), reason),
    };
    const file = readTraceFile(source, start, reading);
    if (file.buffers.length === 0 && file.latency === null)
      throw new CaptureError(source.name, start.end, 'the trace.dat does not say where its events are', RECORD_AGAIN);
    const empty = file.buffers.every(({ cpus }) => cpus.length === 0);
    if (empty && file.latency !== null) return openLatencyText(source, file.latency);
    if (file.latency !== null)
      reading.reject(file.latency.offset, 'the text of a latency tracer beside the ring buffers is not read');
    return new TraceDatReader(source, file, totals);
  },
};
