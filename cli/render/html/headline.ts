// The first screen: the verdict, and the five answers.
import type { Answers } from '../../../core/report/answers.ts';
import type { Report } from '../../../core/report/model.ts';
import { html, type Markup } from './markup.ts';

const WORDS = { critical: 'Critical', warning: 'Warning', info: 'Note', ok: 'No overflow' } as const;

/** What is missing from the capture limits every figure: it stands beside the verdict. */
const LIMITING = ['capture-incomplete', 'capture-blind-spot', 'times-coarse', 'capture-not-read-to-end'];

/** `picture` is what the verdict's listener looked like; null where that does not show. */
export function headline(report: Report, answers: Answers, picture: Markup | null): Markup {
  const { severity, what } = report.verdict;
  const limits = report.findings.filter(({ id }) => LIMITING.includes(id));
  return html`<section class="verdict ${severity}" aria-labelledby="verdict">
  <p class="badge">${WORDS[severity]}</p>
  <h1 id="verdict">${what}</h1>
  ${limits.map(({ title }) => html`<p class="limit">${title}.</p>`)}
  <dl class="answers">
    <div><dt>Which listener</dt><dd>${answers.which}</dd></div>
    <div><dt>When</dt><dd>${answers.when}</dd></div>
    <div class="wide"><dt>Why</dt><dd>${answers.why}</dd></div>
    <div class="wide change"><dt>What to change</dt><dd>${answers.change}</dd></div>
    <div class="wide"><dt>How sure</dt><dd>${answers.sure}</dd></div>
  </dl>
  ${picture}
</section>`;
}
