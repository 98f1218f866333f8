// What perf writes into a pipe before the events: attrs, features and formats come as records of their own.
import { newTotals, type ReadTotals, reject } from '../../../core/event/capture.ts';
import { BlockReader, ByteWindow } from '../byte-window.ts';
import type { EventFormat } from '../event-format/parse.ts';
import { type ByteSource, CaptureError } from '../format.ts';
import { type EventAttr, readAttr } from './attr.ts';
import { noFeatures, takeFeature } from './features.ts';
import { RecordWalk } from './record-walk.ts';
import { RECORD_AGAIN, type Recording } from './recording.ts';
import { RECORD } from './side-band.ts';
import { readTracingData } from './tracing-data.ts';

const PIPE_HEADER = 16;
const HEADER = 8;
const HEADER_ATTR = 64;
const HEADER_TRACING_DATA = 66;
const HEADER_FEATURE = 80;
const MAX_FORMATS_SIZE = 64 << 20;
const MAX_ATTRS = 65536;
const MAX_IDS = 1 << 21;

const isEvent = (type: number): boolean =>
  type === RECORD.SAMPLE || type === RECORD.COMPRESSED || type === RECORD.COMPRESSED2;

/** Looks through the records up to the first event; further when the formats have not come by then. */
export function readPipePrologue(source: ByteSource, littleEndian: boolean, totals: ReadTotals): Recording {
  const window = new ByteWindow(source);
  const data = {
    offset: PIPE_HEADER,
    // asked for when the records are walked: a stream has grown by then
    get size() {
      return Math.max(0, source.size - PIPE_HEADER);
    },
  };
  const attrs: EventAttr[] = [];
  const ids: number[][] = [];
  const features = noFeatures();
  let formats = new Map<number, EventFormat>();
  let kallsyms: Uint8Array = new Uint8Array(0);
  let left = MAX_IDS;
  const walk = new RecordWalk(window, data, littleEndian, newTotals(), 1);
  while (walk.next()) {
    if (isEvent(walk.type) && attrs.length > 0 && formats.size > 0) break;
    const block = (): BlockReader =>
      new BlockReader(window.bytes.slice(walk.index + HEADER, walk.index + walk.size), littleEndian);
    if (walk.type === HEADER_ATTR) {
      const attr = readAttr(window.view, walk.index + HEADER, walk.size - HEADER, littleEndian);
      if (attr === null || attrs.length === MAX_ATTRS) {
        reject(totals, walk.offset, 'the description of a recorded event cannot be right');
        continue;
      }
      const own: number[] = [];
      const reader = block();
      reader.offset = attr.size;
      for (; reader.remaining >= 8 && left > 0; left--) own.push(reader.u64());
      attrs.push(attr);
      ids.push(own);
    } else if (walk.type === HEADER_FEATURE && walk.size >= HEADER + 8) {
      const reader = block();
      takeFeature(features, reader.u64(), reader);
    } else if (walk.type === HEADER_TRACING_DATA) {
      const from = walk.offset + walk.size;
      const size = window.view.getUint32(walk.index + HEADER, littleEndian);
      const bytes = window.copy(from, Math.min(size, MAX_FORMATS_SIZE));
      const read = readTracingData((order) => new BlockReader(bytes, order));
      if (read.damage !== null)
        reject(totals, from + read.damage.offset, `the event formats end early: ${read.damage.reason}`);
      ({ formats, kallsyms } = read);
    }
  }
  if (attrs.length === 0)
    throw new CaptureError(
      source.name,
      PIPE_HEADER,
      'no recorded event is described in this piped perf.data',
      RECORD_AGAIN,
    );
  return {
    attrs,
    ids,
    formats,
    kallsyms,
    features,
    streams: [data],
    alignment: 1,
    formatsMissing: formats.size > 0 ? null : { offset: PIPE_HEADER, why: 'the pipe did not carry them' },
  };
}
