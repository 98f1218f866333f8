// Who accepted when: a lane for each acceptor, darker where it took more, shaded where nobody accepted while connections waited.

import { marksIn } from '../../../../core/report/series/reading.ts';
import { formatNs } from '../../../../core/report/units.ts';
import { shade, timeAxis } from './axes.ts';
import { type Chart, type ChartContext, count, PARTS } from './chart.ts';
import { BOTTOM, clipped, TOP } from './frame.ts';

const LANE = 30;
const LABEL = 13;

export function lanesChart({ series, lost }: ChartContext): Chart {
  const { lanes } = series;
  return {
    overTime: true,
    height: lanes.length * LANE + TOP + BOTTOM,
    paint(frame) {
      const { context, left, top, width, span } = frame;
      clipped(frame, () => {
        shade(frame, series.stalls, 'stall');
        shade(frame, lost, 'lost');
      });
      timeAxis(frame);
      const parts = Math.max(1, Math.floor(width / 2));
      const bins = lanes.map(({ marks }) => marksIn(marks, span.from, span.to, parts));
      const most = bins.reduce((all, lane) => lane.reduce((a, b) => Math.max(a, b), all), 1);
      lanes.forEach(({ label, accepted }, k) => {
        const y = top + k * LANE;
        context.fillStyle = frame.color('text');
        context.textAlign = 'left';
        context.fillText(label, left + 4, y + LABEL / 2 + 1, Math.max(40, width - 90));
        context.textAlign = 'right';
        context.fillStyle = frame.color('muted');
        context.fillText(`${count(accepted)} accepted`, left + width - 4, y + LABEL / 2 + 1);
        context.fillRect(left, y + LANE - 1, width, 0.5);
        context.fillStyle = frame.color('good');
        bins[k].forEach((n, part) => {
          if (n < 0.01) return;
          context.globalAlpha = 0.35 + 0.65 * Math.min(1, Math.log1p(n) / Math.log1p(most));
          context.fillRect(
            left + (part / parts) * width,
            y + LABEL + 1,
            Math.max(1.5, width / parts),
            LANE - LABEL - 4,
          );
        });
        context.globalAlpha = 1;
      });
    },
    readout(at, width) {
      const took = lanes
        .map(({ label, marks }) => ({ label, n: marksIn(marks, at - 3 * width, at + 3 * width, 1)[0] }))
        .filter(({ n }) => n >= 0.5)
        .map(({ label, n }) => `${label} ${count(n)}`);
      return took.length === 0 ? 'nobody accepted' : took.slice(0, 4).join(', ');
    },
    numbers({ from, to }) {
      const bins = lanes.map(({ marks }) => marksIn(marks, from, to, PARTS));
      return {
        head: ['From', ...lanes.map(({ label }) => label)],
        rows: Array.from({ length: PARTS }, (_, k) => [
          formatNs(from + (k * (to - from)) / PARTS),
          ...bins.map((lane) => count(lane[k])),
        ]),
      };
    },
  };
}
