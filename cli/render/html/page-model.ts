// What a page is made of: the report, the charts' data, and events around what the findings are about.
import type { TraceEvent } from '../../../core/event/trace-event.ts';
import type { Report } from '../../../core/report/model.ts';
import type { ListenerSeries } from '../../../core/report/series/model.ts';

/** A stretch in which records were lost, in ns since the capture's start. */
export interface LostStretch {
  readonly capture: number;
  readonly from: number;
  readonly to: number;
}

export interface PageModel {
  readonly report: Report;
  /** Of the listeners that have charts, worst first. */
  readonly series: readonly ListenerSeries[];
  readonly lost: readonly LostStretch[];
  /** By the finding's place in the report. */
  readonly events: ReadonlyMap<number, readonly TraceEvent[]>;
}

/** What the script in the page reads: the series, and how far each capture goes. */
export interface ChartData {
  readonly captures: readonly {
    readonly id: number;
    readonly duration: number;
    readonly lost: readonly (readonly [number, number])[];
  }[];
  readonly series: readonly ListenerSeries[];
}
