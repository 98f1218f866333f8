// A listener's accept queue as one line of blocks, refusals under it, and the quantiles of its waits.
import type { ListenerReport } from '../../core/report/model.ts';
import type { ListenerSeries } from '../../core/report/series/model.ts';
import { depthIn, marksIn } from '../../core/report/series/reading.ts';
import { formatNs } from '../../core/report/units.ts';
import type { TextStyle } from '../result.ts';
import { paint } from './text.ts';

const BLOCKS = '▁▂▃▄▅▆▇█';
/** A limit further above the queue than this would press it flat. */
const FAR = 4;
const MARGIN = 9;
const MOST_COLUMNS = 110;

/** The greatest length in each of `columns` equal parts of the listener's life, as a block; the highest stands for `top`. */
function blocks(series: ListenerSeries, columns: number, top: number): string {
  const { depth, from, to } = series;
  if (depth === null) return '';
  const width = (to - from) / columns;
  let line = '';
  for (let k = 0; k < columns; k++) {
    const part = depthIn(depth, from + k * width, from + (k + 1) * width);
    const level = part === null ? 0 : Math.ceil((part.max / top) * (BLOCKS.length - 1));
    line += part === null ? ' ' : BLOCKS[Math.min(BLOCKS.length - 1, level)];
  }
  return line;
}

/** Lines about one listener; none where its queue does not show. */
export function* sparkline(listener: ListenerReport, series: ListenerSeries, style: TextStyle): Generator<string> {
  const { depth, from, to, capacity, overflows } = series;
  if (depth === null || listener.depth.max === 0 || to <= from) return;
  const columns = Math.min(MOST_COLUMNS, style.width - MARGIN);
  const near = capacity !== null && capacity <= listener.depth.max * FAR;
  const top = near ? Math.max(capacity, listener.depth.max) : listener.depth.max;
  yield `${'queue'.padEnd(MARGIN)}${paint(style, 'cyan', blocks(series, columns, top))}`;
  if (overflows.t.length > 0) {
    const refused = [...marksIn(overflows, from, to, columns)].map((n) => (n > 0 ? '×' : ' ')).join('');
    yield `${'refused'.padEnd(MARGIN)}${paint(style, 'red', refused.trimEnd())}`;
  }
  const scale = `█ is ${top}${near && top === capacity ? ', full' : ''}`;
  const ends = `${formatNs(from)} to ${formatNs(to)}`;
  yield `${' '.repeat(MARGIN)}${ends}${scale.padStart(Math.max(scale.length + 2, columns - ends.length))}`;
  const { p50, p90, p99, p999, max } = listener.wait_ns;
  if (p50 === null || listener.bounds.wait === 'unknown') return;
  const about = listener.bounds.wait === 'estimate' ? '~' : '';
  const named = { p50, p90, p99, 'p99.9': p999, max };
  const text = Object.entries(named).map(([name, ns]) => `${name} ${ns === null ? '-' : about + formatNs(ns)}`);
  yield `${'waits'.padEnd(MARGIN)}${text.join('  ')}`;
}
