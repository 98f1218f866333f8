// The report as one HTML file: no request leaves it, and nothing in it runs but its own script.
import { createHash } from 'node:crypto';
import { answersOf } from '../../../core/report/answers.ts';
import { escapeText } from '../escape.ts';
import type { Assets } from './assets.ts';
import { capturesSection } from './captures-section.ts';
import { chartsSection, glance } from './charts-section.ts';
import { findingsSection } from './findings-section.ts';
import { headline } from './headline.ts';
import { listenCallsSection } from './listen-calls-section.ts';
import { listenersSection } from './listeners-section.ts';
import { embeddedJson, html, Markup } from './markup.ts';
import type { ChartData, PageModel } from './page-model.ts';
import { whatIfSection } from './what-if-section.ts';

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

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

/** The whole document. The policy names the one script and the one style by their hashes: what a capture holds can be neither. */
export function htmlPage(model: PageModel, { script, style }: Assets): string {
  const { report } = model;
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${report.generated_by}">
<title>${`${report.verdict.severity.toUpperCase()}: ${report.verdict.what}`}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header class="bar">
  <span class="brand">acceptq</span>
  <nav aria-label="Sections">
    <a href="#findings">Findings</a> <a href="#listeners">Listeners</a> <a href="#charts">Charts</a> <a href="#captures">Capture</a>
  </nav>
  <button type="button" id="theme" hidden>Dark</button>
</header>
<main id="main">
${headline(report, answersOf(report), glance(model))}
${findingsSection(model)}
${listenersSection(model)}
${chartsSection(model)}
${whatIfSection(report)}
${capturesSection(report)}
${listenCallsSection(report)}
</main>
<footer>Made by ${report.generated_by} from what the capture holds; nothing was guessed. Times are since the capture’s start.</footer>
<script type="application/json" id="data">${embeddedJson(chartData(model))}</script>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}
