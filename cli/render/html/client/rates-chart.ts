// Arrivals against accepts, and refusals, per second.

import { flowsIn, marksIn } from '../../../../core/report/series/reading.ts';
import { formatNs } from '../../../../core/report/units.ts';
import { shade, timeAxis, valueAxis } from './axes.ts';
import { type Chart, type ChartContext, count, PARTS } from './chart.ts';
import { clipped, type Frame } from './frame.ts';

/** Pixels for one rate: finer, single connections would be all there is to see. */
const BIN = 6;

function steps(frame: Frame, rates: Float64Array, y: (value: number) => number, color: string, dashed: boolean): void {
  const { context, left, width } = frame;
  context.strokeStyle = frame.color(color);
  context.lineWidth = 1.6;
  context.setLineDash(dashed ? [4, 2] : []);
  context.beginPath();
  rates.forEach((rate, k) => {
    context.lineTo(left + (k / rates.length) * width, y(rate));
    context.lineTo(left + ((k + 1) / rates.length) * width, y(rate));
  });
  context.stroke();
  context.setLineDash([]);
}

function legend(frame: Frame, names: readonly (readonly [string, string])[]): void {
  const { context, left, width } = frame;
  context.textAlign = 'right';
  let x = left + width;
  for (const [name, color] of [...names].reverse()) {
    context.fillStyle = frame.color('text');
    context.fillText(name, x, 7);
    x -= context.measureText(name).width + 6;
    context.fillStyle = frame.color(color);
    context.fillRect(x - 10, 5, 10, 3);
    x -= 22;
  }
}

export function ratesChart({ series, lost }: ChartContext): Chart {
  const { depth } = series;
  const flows = (from: number, to: number, parts: number): [Float64Array, Float64Array] =>
    depth === null ? [new Float64Array(parts), new Float64Array(parts)] : flowsIn(depth, from, to, parts);
  return {
    overTime: true,
    paint(frame) {
      const { from, to } = frame.span;
      const parts = Math.max(1, Math.floor(frame.width / BIN));
      const perSecond = (bins: Float64Array): Float64Array => bins.map((n) => n / ((to - from) / parts / 1e9));
      const [up, down] = flows(from, to, parts).map(perSecond);
      const refused = perSecond(marksIn(series.overflows, from, to, parts));
      let most = 1;
      for (const rates of [up, down, refused]) most = rates.reduce((a, b) => Math.max(a, b), most);
      clipped(frame, () => {
        shade(frame, series.stalls, 'stall');
        shade(frame, lost, 'lost');
      });
      const y = valueAxis(frame, most * 1.08);
      timeAxis(frame);
      clipped(frame, () => {
        steps(frame, down, y, 'good', false);
        steps(frame, up, y, 'line', true);
        if (series.overflows.t.length > 0) steps(frame, refused, y, 'bad', false);
      });
      legend(frame, [
        ['arrivals/s', 'line'],
        ['accepts/s', 'good'],
        ...(series.overflows.t.length > 0 ? [['refused/s', 'bad'] as const] : []),
      ]);
    },
    readout(at, width) {
      const half = (BIN * width) / 2;
      const [up, down] = flows(at - half, at + half, 1);
      return `${count(up[0])} arrived, ${count(down[0])} left in ${formatNs(2 * half)}`;
    },
    numbers({ from, to }) {
      const [up, down] = flows(from, to, PARTS);
      const refused = marksIn(series.overflows, from, to, PARTS);
      return {
        head: ['From', 'Arrived', 'Left', 'Refused'],
        rows: Array.from({ length: PARTS }, (_, k) => [
          formatNs(from + (k * (to - from)) / PARTS),
          count(up[k]),
          count(down[k]),
          count(refused[k]),
        ]),
      };
    },
  };
}
