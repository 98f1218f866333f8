// Durations over time as a heatmap: time across, duration upwards by its logarithm, darker where there are more.
import { BINS_PER_OCTAVE, binStart, LEAST_NS } from '../../../../core/report/series/durations.ts';
import type { DurationGrid } from '../../../../core/report/series/model.ts';
import { formatNs } from '../../../../core/report/units.ts';
import { logAxis, shade, timeAxis } from './axes.ts';
import { type Chart, type ChartContext, count, PARTS } from './chart.ts';
import { clipped } from './frame.ts';
import { binRange, cellsIn, quantileOf } from './grid-reading.ts';

const CELL = 5;
const SHADES = 5;

export function heatChart(grid: DurationGrid, { series, lost }: ChartContext): Chart {
  const { low, high } = binRange(grid);
  const from = Math.max(LEAST_NS / 2, binStart(low));
  const to = LEAST_NS * 2 ** ((high + 1) / BINS_PER_OCTAVE);
  return {
    overTime: true,
    paint(frame) {
      const { context, left, width, height, span } = frame;
      clipped(frame, () => {
        shade(frame, series.stalls, 'stall');
        shade(frame, lost, 'lost');
      });
      const y = logAxis(frame, from, to);
      timeAxis(frame);
      const parts = Math.max(1, Math.floor(width / CELL));
      const rows = Math.max(1, Math.ceil((high - low + 1) / Math.max(1, height / CELL)));
      const cells = cellsIn(grid, span.from, span.to, parts);
      const merged = cells.map((counts) => {
        const sums: number[] = [];
        for (let bin = low; bin <= high; bin += rows) {
          let sum = 0;
          for (let k = bin; k < bin + rows && k <= high; k++) sum += counts[k];
          sums.push(sum);
        }
        return sums;
      });
      const most = Math.max(1, ...merged.map((sums) => Math.max(...sums)));
      clipped(frame, () => {
        merged.forEach((sums, part) => {
          sums.forEach((sum, row) => {
            if (sum < 0.02) return;
            const shadeOf = most <= 1 ? SHADES - 1 : (Math.log1p(sum) / Math.log1p(most)) * SHADES;
            context.fillStyle = frame.color(`heat-${Math.min(SHADES, Math.max(1, Math.ceil(shadeOf)))}`);
            const bin = low + row * rows;
            const upper = y(LEAST_NS * 2 ** (Math.min(high + 1, bin + rows) / BINS_PER_OCTAVE));
            const lower = y(Math.max(from, binStart(bin)));
            context.fillRect(left + (part / parts) * width, upper, width / parts, Math.max(2, lower - upper));
          });
        });
      });
    },
    readout(at, width) {
      const counts = cellsIn(grid, at - (CELL * width) / 2, at + (CELL * width) / 2, 1)[0];
      const total = counts.reduce((sum, n) => sum + n, 0);
      if (total < 0.5) return 'none';
      const [half, most] = [quantileOf(counts, 0.5), quantileOf(counts, 1)];
      return `${count(total)}, half about ${formatNs(half ?? 0)}, longest about ${formatNs(most ?? 0)}`;
    },
    numbers(span) {
      const parts = cellsIn(grid, span.from, span.to, PARTS);
      const text = (counts: Float64Array, q: number): string => {
        const value = quantileOf(counts, q);
        return value === null ? '–' : value === 0 ? '≤ 1 µs' : `≥ ${formatNs(value)}`;
      };
      return {
        head: ['From', 'Connections', 'p50', 'p99', 'Longest'],
        rows: parts.map((counts, k) => [
          formatNs(span.from + (k * (span.to - span.from)) / PARTS),
          count(counts.reduce((sum, n) => sum + n, 0)),
          text(counts, 0.5),
          text(counts, 0.99),
          text(counts, 1),
        ]),
      };
    },
  };
}
