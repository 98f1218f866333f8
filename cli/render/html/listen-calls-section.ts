// Every listen() that was called, folded away.
import type { Report } from '../../../core/report/model.ts';
import { html, type Markup } from './markup.ts';

/** More are in --json. */
const MOST_ROWS = 200;

export function listenCallsSection({ listen_calls: calls }: Report): Markup | null {
  if (calls.length === 0) return null;
  const more = calls.length - MOST_ROWS;
  return html`<section aria-labelledby="h-calls"><h2 id="h-calls">Calls of listen()</h2>
<details><summary>${calls.length} in the capture</summary>
<div class="scroll" tabindex="0" role="group" aria-label="Table of listen calls"><table class="sortable"><thead><tr><th scope="col" class="n">Time (s)</th><th scope="col">Task</th><th scope="col">Address</th><th scope="col" class="n">fd</th><th scope="col" class="n">Backlog</th><th scope="col">Result</th></tr></thead>
<tbody>${calls
    .slice(0, MOST_ROWS)
    .map(
      (call) =>
        html`<tr><td class="n" data-v="${call.at_ns}">${(call.at_ns / 1e9).toFixed(6)}</td><td>${call.comm ?? '?'}/${call.tid}</td><td>${call.address ?? '?'}</td><td class="n" data-v="${call.fd}">${call.fd}</td><td class="n" data-v="${call.backlog}">${call.backlog}</td><td>${call.result === null ? 'did not return' : (call.error ?? String(call.result))}</td></tr>`,
    )}</tbody></table></div>${more > 0 ? html`<p class="note">${more} more are in --json.</p>` : null}</details></section>`;
}
