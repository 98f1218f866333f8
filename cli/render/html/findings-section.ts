// The findings: what, why, what to do, and the evidence one click away.
import type { TraceEvent } from '../../../core/event/trace-event.ts';
import { momentOf } from '../../../core/report/answers.ts';
import type { Finding } from '../../../core/report/model.ts';
import { formatNs } from '../../../core/report/units.ts';
import { html, type Markup } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** More are in --json. */
const MOST_FINDINGS = 200;

function evidenceValue(name: string, value: Finding['evidence'][string]): string {
  if (value === null) return 'not known';
  if (typeof value !== 'number') return String(value);
  if (/(^|_)ns(_|$)/.test(name)) return formatNs(value);
  return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function eventRow(event: TraceEvent, moment: number): Markup {
  const { position, stream, version, at_ns, type, cpu, pid, tid, comm, source, ...args } = event;
  const fields = Object.entries(args).map(([name, value]) => `${name}=${value ?? '?'}`);
  return html`<tr${at_ns >= moment ? html` class="after"` : null}><td class="n">${(at_ns / 1e9).toFixed(9)}</td><td>${tid === null ? '-' : `${comm ?? '?'}/${tid}`}</td><td>${type}</td><td>${fields.join(' ')}</td></tr>`;
}

function eventsTable(events: readonly TraceEvent[], from: number): Markup {
  return html`<details class="events"><summary>Events around ${formatNs(from)}</summary>
  <div class="scroll" tabindex="0" role="group" aria-label="Events around the moment"><table><thead><tr><th scope="col">Time (s)</th><th scope="col">Task that ran</th><th scope="col">Event</th><th scope="col">Fields</th></tr></thead>
  <tbody>${events.map((event) => eventRow(event, from))}</tbody></table></div>
  <p class="note">In softirq events the task is whoever was interrupted, not who caused them. Shaded: from the moment on.</p></details>`;
}

function findingItem(finding: Finding, index: number, { events, report }: PageModel, open: boolean): Markup {
  const moment = momentOf(finding);
  const around = events.get(index);
  const capture = report.listeners.find(({ id }) => id === finding.listener)?.capture;
  return html`<li><details class="finding ${finding.severity}" id="finding-${index + 1}"${open ? html` open` : null}>
  <summary><span class="badge">${finding.severity}</span> ${
    report.captures.length > 1 && capture !== undefined ? `capture ${capture}: ` : ''
  }${finding.title}</summary>
  <p>${finding.why}</p>
  <p class="advice"><strong>What to do</strong> ${finding.advice}</p>
  ${finding.price === undefined ? null : html`<p><strong>What that costs</strong> ${finding.price}</p>`}
  ${finding.alternative === undefined ? null : html`<p><strong>Instead</strong> ${finding.alternative}</p>`}
  ${
    moment === null || capture === undefined
      ? null
      : html`<p><button type="button" class="show" data-capture="${capture}" data-listener="${finding.listener ?? 0}" data-from="${moment.from}" data-to="${moment.to}" hidden>Show it on the charts</button></p>`
  }
  <details class="evidence"><summary>Evidence</summary><table><tbody>${Object.entries(finding.evidence).map(
    ([name, value]) =>
      html`<tr><th scope="row">${name.replace(/_ns$/, '').replace(/^ns_/, 'time_').replaceAll('_', ' ')}</th><td>${evidenceValue(name, value)}</td></tr>`,
  )}</tbody></table><p class="note">Finding <code>${finding.id}</code>: <code>acceptq explain ${finding.id}</code></p></details>
  ${around === undefined || moment === null ? null : eventsTable(around, moment.from)}
</details></li>`;
}

export function findingsSection(model: PageModel): Markup {
  const { findings } = model.report;
  const shown = findings.slice(0, MOST_FINDINGS);
  const more = findings.length - shown.length;
  return html`<section id="findings" aria-labelledby="h-findings"><h2 id="h-findings">Findings</h2>
${findings.length === 0 ? html`<p>None: nothing in the capture calls for a change.</p>` : null}
<ol class="findings">${shown.map((finding, index) => findingItem(finding, index, model, index === 0 && finding.severity !== 'info'))}</ol>
${more > 0 ? html`<p class="note">${more} more are in --json.</p>` : null}</section>`;
}
