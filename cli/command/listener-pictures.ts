// The charts' data of listeners, for the page and for the terminal.
import type { CaptureInput } from '../../core/report/input.ts';
import type { ListenerReport } from '../../core/report/model.ts';
import { listenerSeries, type SeriesSize } from '../../core/report/series/listener-series.ts';
import type { ListenerSeries } from '../../core/report/series/model.ts';

/** What one listener's charts may hold, so that a page of all together stays well below a megabyte. */
const sizeFor = (listeners: number): SeriesSize => ({
  steps: Math.max(200, Math.floor(4000 / listeners)),
  columns: Math.max(60, Math.floor(800 / listeners)),
  lanes: Math.max(24, Math.floor(240 / listeners)),
});

export function seriesOf(chosen: readonly ListenerReport[], inputs: readonly CaptureInput[]): ListenerSeries[] {
  const size = sizeFor(Math.max(1, chosen.length));
  return chosen.flatMap((listener) => {
    const input = inputs.find(({ capture }) => capture.id === listener.capture);
    const own = input?.listeners.find(({ id }) => id === listener.id);
    return input === undefined || own === undefined
      ? []
      : [listenerSeries(own, listener, input.capture.duration_ns, size)];
  });
}
