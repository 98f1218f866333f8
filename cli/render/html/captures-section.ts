// What it all rests on: the captures, and what they lack.
import type { CaptureReport, Report } from '../../../core/report/model.ts';
import { formatNs, plural } from '../../../core/report/units.ts';
import { html, type Markup } from './markup.ts';

const lost = ({ lost: { count, gaps } }: CaptureReport): string =>
  gaps === 0
    ? 'none reported'
    : `${count === null ? 'an unknown number' : count.toLocaleString('en')} in ${plural(gaps, 'gap')}`;

function facts(capture: CaptureReport): (readonly [string, string])[] {
  const counters = Object.entries(capture.counters).map(([name, growth]) => `${name} +${growth}`);
  const first = capture.rejections[0];
  return [
    ['Format', [capture.format, capture.tool].filter((part) => part !== null).join(', ')],
    ['Kernel', capture.kernel === null ? 'not said' : `Linux ${capture.kernel}`],
    ['Host', capture.host ?? 'not said'],
    ['Started', capture.started_at ?? 'not said'],
    ['Length', `${formatNs(capture.duration_ns)} by the ${capture.clock} clock`],
    ['Read', `${plural(capture.records_read, 'record')}, ${plural(capture.events, 'event')} used`],
    ['Lost', lost(capture)],
    [
      'Unreadable',
      capture.rejected === 0
        ? 'nothing'
        : `${capture.rejected}${first === undefined ? '' : `, first at ${capture.unit} ${first.offset}: ${first.reason}`}`,
    ],
    ['Out of order', String(capture.out_of_order)],
    ['Evidence', capture.evidence.length === 0 ? 'none' : capture.evidence.join(', ')],
    ...(counters.length === 0 ? [] : [['Counters', counters.join(', ')] as const]),
    ['SHA-256', capture.sha256 ?? 'not read to its end'],
  ];
}

export function capturesSection({ captures }: Report): Markup {
  return html`<section id="captures" aria-labelledby="h-captures"><h2 id="h-captures">What it rests on</h2>
${captures.map(
  (capture) =>
    html`<h3>${captures.length > 1 ? `${capture.id}: ` : ''}${capture.path}</h3><dl class="facts">${facts(capture).map(
      ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
    )}</dl>`,
)}</section>`;
}
