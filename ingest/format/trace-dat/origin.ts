// The clock value that times are counted from: that of the first event, also when some pages are damaged.
import type { ByteSource } from '../format.ts';
import { Allowance, pagesOf } from './pages.ts';
import { PLAUSIBLE } from './sub-buffer.ts';
import type { BufferData, TraceFile } from './trace-file.ts';

const MOST_CPUS = 64;
const PAGES_EACH = 4;

/** The earliest time of some first pages that is near their median; null when there is no page with a time. */
export function originOf(source: ByteSource, buffers: readonly BufferData[], file: TraceFile): bigint | null {
  const { littleEndian, layout } = file;
  const allowance = new Allowance(source.size);
  const times: bigint[] = [];
  const all = buffers.flatMap((buffer) => buffer.cpus.map((cpu) => ({ buffer, cpu })));
  for (const { buffer, cpu } of all.slice(0, MOST_CPUS)) {
    const pages = pagesOf(source, buffer, cpu, littleEndian, allowance);
    for (let k = 0; k < PAGES_EACH && pages.next(); k++) {
      if (pages.damage !== null || pages.size < layout.dataOffset) continue;
      const time = pages.view.getBigUint64(pages.at, littleEndian);
      if (time !== 0n) times.push(time);
    }
  }
  times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const median = times[times.length >> 1];
  // half of what may be away from it, so that what is before and behind stays plausible
  return times.find((time) => median - time < BigInt(PLAUSIBLE / 2)) ?? null;
}
