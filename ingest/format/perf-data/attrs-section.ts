// The attrs section of a perf.data file: every recorded event with the ids that its records carry.
import { type ReadTotals, reject } from '../../../core/event/capture.ts';
import { BlockReader, type ByteWindow } from '../byte-window.ts';
import { type EventAttr, readAttr } from './attr.ts';
import { type FileHeader, readU64, type Section } from './header.ts';

const MAX_ATTRS = 65536;
/** Ids of all events together: one for each event and CPU or task. */
const MAX_IDS = 1 << 21;
/** A perf_event_attr of 64 bytes and the section of its ids. */
const SMALLEST_ENTRY = 80;

export interface Attrs {
  readonly attrs: EventAttr[];
  readonly ids: number[][];
}

/** The attrs section: each entry is a perf_event_attr followed by the section of its event ids. */
export function readAttrs(window: ByteWindow, header: FileHeader, totals: ReadTotals): Attrs {
  const { attrSize, littleEndian } = header;
  const { offset: start, size } = header.attrs;
  const attrs: EventAttr[] = [];
  const sections: Section[] = [];
  const claimed =
    attrSize < SMALLEST_ENTRY ? 0 : Math.floor(Math.min(size, Math.max(0, window.size - start)) / attrSize);
  const count = Math.min(claimed, MAX_ATTRS);
  let damaged = attrSize < SMALLEST_ENTRY || count * attrSize !== size;
  for (let i = 0; i < count; i++) {
    const at = window.at(start + i * attrSize, attrSize);
    const attr = at < 0 ? null : readAttr(window.view, at, attrSize - 16, littleEndian);
    if (attr === null) {
      damaged = true;
      break;
    }
    attrs.push(attr);
    const section = at + attrSize - 16;
    sections.push({
      offset: readU64(window.view, section, littleEndian),
      size: readU64(window.view, section + 8, littleEndian),
    });
  }
  if (damaged)
    reject(
      totals,
      Math.min(start, window.size),
      `the list of recorded events is damaged; ${attrs.length} could be read`,
    );
  let left = MAX_IDS;
  const ids = sections.map((section, k) => {
    const own = readIds(window, section, left, littleEndian);
    if (own === null) reject(totals, start + k * attrSize, 'the ids of a recorded event cannot be right');
    left -= own?.length ?? 0;
    return own ?? [];
  });
  return { attrs, ids };
}

/** The ids of one event; null when there are more than `most` or they lie outside of the file. */
function readIds(window: ByteWindow, section: Section, most: number, littleEndian: boolean): number[] | null {
  if (section.size > most * 8 || section.offset + section.size > window.size) return null;
  const ids: number[] = [];
  const block = new BlockReader(window.copy(section.offset, section.size), littleEndian);
  while (block.remaining >= 8) ids.push(block.u64());
  return ids;
}
