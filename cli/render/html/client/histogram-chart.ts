// How many waits of which length there are in the time shown.
import { BINS, BINS_PER_OCTAVE, binStart, LEAST_NS } from '../../../../core/report/series/durations.ts';
import type { DurationGrid } from '../../../../core/report/series/model.ts';
import { formatNs } from '../../../../core/report/units.ts';
import { valueAxis } from './axes.ts';
import { type Chart, count } from './chart.ts';
import type { Frame } from './frame.ts';
import { binRange, cellsIn, quantileOf } from './grid-reading.ts';

function durationAxis(frame: Frame, x: (bin: number) => number, low: number, high: number): void {
  const { context, top, height } = frame;
  context.fillStyle = frame.color('muted');
  context.textAlign = 'center';
  for (let power = 3; power <= 12; power++) {
    const bin = Math.log2(10 ** power / LEAST_NS) * BINS_PER_OCTAVE;
    if (bin < low || bin > high + 1) continue;
    context.fillRect(Math.round(x(bin)), top + height, 1, 4);
    context.fillText(formatNs(10 ** power), x(bin), top + height + 13);
  }
}

function quantileMark(frame: Frame, at: number, name: string, row: number): void {
  const { context, top, height, left, width } = frame;
  context.fillStyle = frame.color('text');
  context.fillRect(Math.round(at), top, 1, height);
  const right = at > left + width - 60;
  context.textAlign = right ? 'right' : 'left';
  context.fillText(name, at + (right ? -4 : 4), top + 6 + row * 13);
}

export function histogramChart(grid: DurationGrid): Chart {
  const { low, high } = binRange(grid);
  let shown = new Float64Array(BINS);
  return {
    overTime: false,
    paint(frame) {
      const { context, left, top, width, height, span } = frame;
      shown = new Float64Array(cellsIn(grid, span.from, span.to, 1)[0]);
      const most = shown.reduce((a, b) => Math.max(a, b), 1);
      const y = valueAxis(frame, most * 1.15);
      const x = (bin: number): number => left + ((bin - low) / (high - low + 1)) * width;
      durationAxis(frame, x, low, high);
      context.fillStyle = frame.color('line');
      for (let bin = low; bin <= high; bin++) {
        if (shown[bin] <= 0) continue;
        const height = Math.max(1, top + frame.height - y(shown[bin]));
        context.fillRect(x(bin) + 0.5, top + frame.height - height, Math.max(1, x(bin + 1) - x(bin) - 1), height);
      }
      [0.5, 0.99].forEach((q, row) => {
        const value = quantileOf(shown, q);
        if (value === null) return;
        const bin = value <= LEAST_NS ? 0 : Math.log2(value / LEAST_NS) * BINS_PER_OCTAVE;
        quantileMark(frame, Math.max(left, x(bin + 0.5)), q === 0.5 ? 'p50' : 'p99', row);
      });
      context.fillStyle = frame.color('muted');
      context.fillRect(left, top + height, width, 1);
    },
    readout: () => '',
    numbers() {
      const rows: string[][] = [];
      for (let bin = low; bin <= high; bin++) {
        if (shown[bin] < 0.5) continue;
        rows.push([bin === 0 ? '0 ns' : formatNs(binStart(bin)), formatNs(binStart(bin + 1)), count(shown[bin])]);
      }
      return { head: ['From', 'To', 'Connections'], rows };
    },
  };
}
