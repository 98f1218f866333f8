// Which of the places where a trace.dat says its pages are can be true.
import { type ReadTotals, reject } from '../../../core/event/capture.ts';
import { type BufferData, type CpuData, plausiblePageSize } from './trace-file.ts';

/**
 * The buffers with only such CPUs whose bytes are in the file of `size` bytes, and all together no more than the file has: pages that
 * are there twice would take more time than the file is large. `clock` is that of buffers that tell none.
 */
export function withinFile(
  buffers: readonly BufferData[],
  size: number,
  totals: ReadTotals,
  clock: string | null,
): BufferData[] {
  let left = size;
  return buffers.map((buffer) => {
    const cpus = buffer.cpus.flatMap((data): CpuData[] => {
      const available = Math.min(data.size, size - data.offset);
      const where = `CPU ${data.cpu} of buffer '${buffer.name}'`;
      if (!(available > 0)) {
        reject(totals, Math.min(data.offset, size), `the file ends before the pages of ${where}`);
        return [];
      }
      if (available < data.size)
        reject(totals, size, `the file ends ${data.size - available} bytes before the end of the pages of ${where}`);
      if (available > left) {
        reject(totals, data.offset, `the pages of ${where} overlap those of others`);
        return [];
      }
      left -= available;
      return [{ ...data, size: available }];
    });
    return { ...buffer, pageSize: plausiblePageSize(buffer.pageSize), clock: buffer.clock ?? clock, cpus };
  });
}
