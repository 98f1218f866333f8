// The report as one HTML file: no request leaves it, and nothing in it runs but its own script.
import { answersOf } from '../../../core/report/answers.ts';
import { escapeText } from '../escape.ts';
import type { Assets } from './assets.ts';
import { capturesSection } from './captures-section.ts';
import { chartsSection, glance } from './charts-section.ts';
import { findingsSection } from './findings-section.ts';
import { headline } from './headline.ts';
import { listenCallsSection } from './listen-calls-section.ts';
import { listenersSection } from './listeners-section.ts';
import { embeddedJson } from './markup.ts';
import type { ChartData, PageModel } from './page-model.ts';
import { shell } from './shell.ts';
import { whatIfSection } from './what-if-section.ts';

function chartData({ report, series, lost }: PageModel): ChartData {
  return {
    captures: report.captures.map(({ id, duration_ns: duration }) => ({
      id,
      duration,
      lost: lost.filter(({ capture }) => capture === id).map(({ from, to }) => [from, to] as const),
    })),
    // labels are drawn, and a canvas obeys what reorders text as a page does
    series: series.map((each) => ({
      ...each,
      lanes: each.lanes.map((lane) => ({ ...lane, label: escapeText(lane.label) })),
    })),
  };
}

const NAV = [
  ['findings', 'Findings'],
  ['listeners', 'Listeners'],
  ['charts', 'Charts'],
  ['captures', 'Capture'],
] as const;

/** The whole document. */
export function htmlPage(model: PageModel, { script, style }: Assets): string {
  const { report } = model;
  return shell({
    title: `${report.verdict.severity.toUpperCase()}: ${report.verdict.what}`,
    generator: report.generated_by,
    style,
    script: { code: script, data: embeddedJson(chartData(model)) },
    nav: report.what_if === undefined ? NAV : [['what-if', 'What if'], ...NAV],
    main: [
      headline(report, answersOf(report), glance(model)),
      whatIfSection(report),
      findingsSection(model),
      listenersSection(model),
      chartsSection(model),
      capturesSection(report),
      listenCallsSection(report),
    ],
    footer: `Made by ${report.generated_by} from what the capture holds; nothing was guessed. Times are since the capture’s start.`,
  });
}
