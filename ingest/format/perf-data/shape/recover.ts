// A perf.data without event formats, as a killed perf leaves it: looks whether the records tell what they are.
import { type ReadTotals, reject } from '../../../../core/event/capture.ts';
import { CaptureError } from '../../format.ts';
import { TYPE_TRACEPOINT } from '../attr.ts';
import type { RecordContext } from '../record-context.ts';
import type { RecordStream } from '../record-stream.ts';
import { RECORD_AGAIN, type Recording } from '../recording.ts';
import type { SampleIndex } from '../sample-index.ts';
import { RECORD } from '../side-band.ts';
import { Recogniser } from './recognise.ts';

/**
 * The recording with formats of the events that could be recognised; what could not is counted. Throws CaptureError when none
 * could. Reads all of `streams`.
 */
export function recoverFormats(
  name: string,
  recording: Recording,
  context: RecordContext,
  index: SampleIndex,
  streams: readonly RecordStream[],
  totals: ReadTotals,
): Recording {
  const { attrs, formatsMissing } = recording;
  const recogniser = new Recogniser(attrs);
  let records = 0;
  for (const stream of streams) {
    while (stream.next()) {
      records++;
      if (stream.type !== RECORD.SAMPLE) continue;
      context.view = stream.view;
      const attr = index.attrAt(context, stream.index, stream.size);
      if (attr < 0 || attrs[attr].type !== TYPE_TRACEPOINT) continue;
      if (index.findRaw(context, attr, stream.index, stream.size) !== undefined) continue;
      const tid = index.tidOf(context, attr, stream.index);
      recogniser.note(attrs[attr].config, context.view, index.raw, index.rawSize, context.littleEndian, tid);
    }
  }
  const offset = formatsMissing?.offset ?? recording.streams[0].offset;
  const why = formatsMissing === null ? '' : ` (${formatsMissing.why})`;
  const formats = recogniser.formats();
  if (formats.size === 0) {
    throw new CaptureError(
      name,
      offset,
      `${records} records are there, but not the event formats that say what they mean${why}`,
      RECORD_AGAIN,
    );
  }
  const ids = [...new Set(attrs.filter(({ type }) => type === TYPE_TRACEPOINT).map(({ config }) => config))];
  const seen = ids.filter((id) => recogniser.recordsOf(id) > 0);
  const told = seen.filter((id) => formats.has(id));
  reject(
    totals,
    offset,
    `the event formats are missing${why}: ${told.length} of ${seen.length} events were recognised by the shape of their records`,
  );
  for (const id of seen) {
    if (!formats.has(id))
      reject(
        totals,
        offset,
        `event ${id}: the shape of its records (${recogniser.recordsOf(id)}) does not tell what it is`,
      );
  }
  return { ...recording, formats };
}
