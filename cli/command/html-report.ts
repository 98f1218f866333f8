// --html: the report as a page, with the charts' data and the events around what was found.
import type { TraceEvent } from '../../core/event/trace-event.ts';
import { momentOf } from '../../core/report/answers.ts';
import type { CaptureInput } from '../../core/report/input.ts';
import type { Report } from '../../core/report/model.ts';
import type { ListenerSeries } from '../../core/report/series/model.ts';
import { eventsAround } from '../../core/store/events-around.ts';
import type { Store } from '../../core/store/store.ts';
import { loadAssets } from '../render/html/assets.ts';
import { htmlPage } from '../render/html/page.ts';
import type { PageModel } from '../render/html/page-model.ts';
import { byWeight } from '../render/listener-table.ts';
import { seriesOf } from './listener-pictures.ts';
import { writePage } from './write-page.ts';

/** Listeners with charts, the worst ones. */
const MOST_CHARTS = 24;
/** Findings with events around them. */
const MOST_EVIDENCE = 10;
const BEFORE = 12;
const AFTER = 20;

/** Series of the listeners that have anything to draw, worst first. */
export const drawn = (report: Report, inputs: readonly CaptureInput[]): ListenerSeries[] =>
  seriesOf(
    byWeight(report.listeners)
      .filter(({ enqueued, accepted, overflows }) => enqueued + accepted + (overflows.count ?? 0) > 0)
      .slice(0, MOST_CHARTS),
    inputs,
  );

function evidenceEvents(report: Report, store: Store): Map<number, readonly TraceEvent[]> {
  const found = new Map<number, readonly TraceEvent[]>();
  report.findings.forEach((finding, index) => {
    if (found.size >= MOST_EVIDENCE) return;
    const moment = momentOf(finding);
    const capture = report.listeners.find(({ id }) => id === finding.listener)?.capture ?? report.captures[0]?.id;
    if (moment !== null && capture !== undefined)
      found.set(index, eventsAround(store.db, capture, moment.from, BEFORE, AFTER));
  });
  return found;
}

export function pageModel(report: Report, inputs: readonly CaptureInput[], store: Store): PageModel {
  return {
    report,
    series: drawn(report, inputs),
    lost: inputs.flatMap(({ capture, gaps }) =>
      gaps
        .filter(({ kind }) => kind !== 'lost_samples')
        .slice(0, 500)
        .map((gap) => ({ capture: capture.id, from: gap.from_ns, to: gap.to_ns })),
    ),
    events: evidenceEvents(report, store),
  };
}

/** Throws UsageError when the file cannot be written. */
export const writeHtml = (path: string, report: Report, inputs: readonly CaptureInput[], store: Store): void =>
  writePage(path, () => htmlPage(pageModel(report, inputs, store), loadAssets()));
