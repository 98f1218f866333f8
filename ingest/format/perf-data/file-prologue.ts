// A perf.data file's header, attrs and feature sections, and where its records are; also for the head file of a directory.
import { type ReadTotals, reject } from '../../../core/event/capture.ts';
import { BlockReader, type ByteWindow } from '../byte-window.ts';
import { type ByteSource, CaptureError } from '../format.ts';
import { readAttrs } from './attrs-section.ts';
import { FEATURE, featureSections, readFeatures } from './features.ts';
import type { FileHeader, Section } from './header.ts';
import { RECORD_AGAIN, type Recording } from './recording.ts';
import { readTracingData, type TracingData } from './tracing-data.ts';

const MAX_FORMATS_SIZE = 64 << 20;

/** Reads everything but the records. Throws CaptureError when the events' description cannot be read at all. */
export function readFilePrologue(
  source: ByteSource,
  window: ByteWindow,
  header: FileHeader,
  totals: ReadTotals,
): Recording {
  const { attrs, ids } = readAttrs(window, header, totals);
  if (attrs.length === 0) {
    throw new CaptureError(
      source.name,
      Math.min(header.attrs.offset, source.size),
      'the list of recorded events cannot be read',
      RECORD_AGAIN,
    );
  }
  const [head, ...others] = source.parts ?? [{ name: source.name, offset: 0, size: source.size }];
  const data = dataSection(header, head.size, others.length > 0, totals);
  // a killed perf leaves their bits set, and no table behind the data
  const sections =
    header.data.size === 0 && others.length === 0 ? new Map<number, Section>() : featureSections(window, header);
  const { formats, kallsyms } = readFormats(window, sections.get(FEATURE.TRACING_DATA), totals);
  const end = header.data.offset + header.data.size;
  return {
    attrs,
    ids,
    formats,
    kallsyms,
    features: readFeatures(window, header, sections),
    streams: [data, ...others.map(({ offset, size }) => ({ offset, size }))],
    alignment: sections.has(FEATURE.COMPRESSED) || header.data.size === 0 ? 1 : 8,
    formatsMissing:
      formats.size > 0
        ? null
        : {
            offset: Math.min(end, source.size),
            why:
              header.data.size === 0
                ? 'perf was killed before it wrote them'
                : `they belong behind offset ${end}, the file has ${source.size} bytes`,
          },
  };
}

/** The data section as far as the file goes; a size of 0 means that perf never came to write it, or that a directory's other files hold the data. */
function dataSection(header: FileHeader, fileSize: number, inDirectory: boolean, totals: ReadTotals): Section {
  const { size } = header.data;
  const offset = Math.min(header.data.offset, fileSize);
  const available = fileSize - offset;
  if (size === 0) {
    if (inDirectory) return { offset, size: 0 };
    reject(
      totals,
      48,
      'the header says that the data section is empty: perf was killed before it could finish the file',
    );
    return { offset, size: available };
  }
  if (size > available) {
    reject(totals, fileSize, `the file ends ${size - available} bytes before the end of its data section`);
    return { offset, size: available };
  }
  return { offset, size };
}

function readFormats(window: ByteWindow, section: Section | undefined, totals: ReadTotals): TracingData {
  if (section === undefined) return { formats: new Map(), kallsyms: new Uint8Array(0), damage: null };
  const bytes = window.copy(section.offset, Math.min(section.size, MAX_FORMATS_SIZE));
  const data = readTracingData((littleEndian) => new BlockReader(bytes, littleEndian));
  const { damage } = data;
  if (damage !== null)
    reject(
      totals,
      Math.min(section.offset + damage.offset, window.size),
      `the event formats end early: ${damage.reason}`,
    );
  return data;
}
