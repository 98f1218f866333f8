// The accept queue over time: least, mean and greatest length, the capacity, overflows, stalls, lost stretches.

import { depthIn, flowsIn, marksIn, type Stretch } from '../../../../core/report/series/reading.ts';
import { formatNs } from '../../../../core/report/units.ts';
import { shade, timeAxis, valueAxis } from './axes.ts';
import { type Chart, type ChartContext, count, PARTS } from './chart.ts';
import { clipped, type Frame } from './frame.ts';

/** A capacity far above everything is said in words: as a line it would press the curve flat. */
const FAR = 4;

function columns(frame: Frame, read: (from: number, to: number) => Stretch | null): (Stretch | null)[] {
  return Array.from({ length: Math.ceil(frame.width) }, (_, k) =>
    read(frame.time(frame.left + k), frame.time(frame.left + k + 1)),
  );
}

function curve(frame: Frame, all: readonly (Stretch | null)[], y: (value: number) => number): void {
  const { context, left } = frame;
  const bottom = y(0);
  context.fillStyle = frame.color('area');
  all.forEach((each, k) => {
    if (each !== null && each.mean > 0) context.fillRect(left + k, y(each.mean), 1, bottom - y(each.mean));
  });
  context.fillStyle = frame.color('line-soft');
  all.forEach((each, k) => {
    if (each !== null && each.max > each.min) context.fillRect(left + k, y(each.max), 1, y(each.min) - y(each.max));
  });
  context.strokeStyle = frame.color('line');
  context.lineWidth = 1.5;
  context.beginPath();
  let drawn = false;
  all.forEach((each, k) => {
    if (each !== null) {
      if (drawn) context.lineTo(left + k + 0.5, y(each.mean));
      else context.moveTo(left + k + 0.5, y(each.mean));
    }
    drawn = each !== null;
  });
  context.stroke();
}

function limit(frame: Frame, capacity: number, most: number, y: (value: number) => number): void {
  const { context, left, width, top } = frame;
  context.fillStyle = frame.color('bad');
  context.textAlign = 'right';
  if (capacity > most) {
    context.fillText(`capacity ${capacity.toLocaleString('en')}, far above ↑`, left + width - 4, top + 10);
    return;
  }
  context.strokeStyle = frame.color('bad');
  context.lineWidth = 1.5;
  context.setLineDash([6, 4]);
  context.beginPath();
  context.moveTo(left, y(capacity));
  context.lineTo(left + width, y(capacity));
  context.stroke();
  context.setLineDash([]);
  context.fillText(`capacity ${capacity.toLocaleString('en')}`, left + width - 4, y(capacity) - 8);
}

function overflowMarks(frame: Frame, bins: Float64Array): void {
  const { context, left, width } = frame;
  context.fillStyle = frame.color('bad');
  bins.forEach((n, k) => {
    if (n <= 0) return;
    const x = left + ((k + 0.5) / bins.length) * width;
    context.beginPath();
    context.moveTo(x - 4, 1);
    context.lineTo(x + 4, 1);
    context.lineTo(x, 11);
    context.fill();
  });
}

export function depthChart({ series, lost }: ChartContext): Chart {
  const depth = series.depth ?? {
    to: 0,
    exact: true,
    t: [0],
    last: [],
    max: [0],
    min: [],
    mean: [],
    up: [0],
    down: [0],
  };
  const { capacity } = series;
  const longest = depth.max.reduce((most, value) => Math.max(most, value), 0);
  const near = capacity !== null && capacity <= Math.max(longest, 1) * FAR;
  const read = (from: number, to: number): Stretch | null => depthIn(depth, from, to);
  return {
    overTime: true,
    paint(frame) {
      const { span, left, width } = frame;
      const all = columns(frame, read);
      const shown = all.reduce((most, each) => Math.max(most, each?.max ?? 0), 0);
      const most = Math.max(2, (near ? Math.max(shown, capacity) : shown) * 1.12);
      clipped(frame, () => {
        shade(frame, series.stalls, 'stall');
        shade(frame, lost, 'lost');
      });
      const y = valueAxis(frame, most);
      timeAxis(frame);
      clipped(frame, () => curve(frame, all, y));
      if (capacity !== null) limit(frame, capacity, most, y);
      overflowMarks(frame, marksIn(series.overflows, span.from, span.to, Math.max(1, Math.floor(width / 6))));
      frame.context.strokeStyle = frame.color('muted');
      frame.context.strokeRect(left, frame.top, width, frame.height);
    },
    readout(at, width) {
      const here = read(at, at + width);
      if (here === null) return 'not listening';
      const drops = marksIn(series.overflows, at - 2 * width, at + 2 * width, 1)[0];
      const length = here.min === here.max ? `${here.max} waiting` : `${here.min} to ${here.max} waiting`;
      return `${length}${capacity === null ? '' : ` of ${capacity}`}${drops > 0 ? `, ${count(drops)} refused` : ''}`;
    },
    numbers({ from, to }) {
      const [up, down] = flowsIn(depth, from, to, PARTS);
      const drops = marksIn(series.overflows, from, to, PARTS);
      const width = (to - from) / PARTS;
      return {
        head: ['From', 'Least', 'Mean', 'Greatest', 'Arrived', 'Left', 'Refused'],
        rows: Array.from({ length: PARTS }, (_, k) => {
          const part = read(from + k * width, from + (k + 1) * width);
          return [
            formatNs(from + k * width),
            ...(part === null ? ['–', '–', '–'] : [String(part.min), part.mean.toFixed(2), String(part.max)]),
            count(up[k]),
            count(down[k]),
            count(drops[k]),
          ];
        }),
      };
    },
  };
}
