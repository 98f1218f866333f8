// A live replay for people: recorded, modelled and live side by side, how punctual it was, and the first difference explained.
import { formatNs, plural } from '../../core/report/units.ts';
import type { Compared } from '../../replay/live/compare.ts';
import type { LiveRun } from '../../replay/live/live-run.ts';
import type { Settings } from '../../replay/what-if/settings.ts';
import type { Outcome, Workload } from '../../replay/workload/workload.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { cameWhenTheyWould } from './replay-text.ts';
import { type Column, paint, table, wrap } from './text.ts';

export interface LiveScenario {
  readonly settings: Settings;
  readonly outcome: Outcome;
  readonly modelled: Outcome;
  readonly figures: readonly Compared[];
  readonly explained: { readonly figure: string; readonly why: string } | null;
  readonly meets: boolean;
  /** Clients came too late to be taken for those recorded. */
  readonly too_busy: boolean;
  readonly run: LiveRun;
  readonly unset: readonly string[];
  readonly descriptors: number;
}

export interface LiveFound {
  readonly workload: Workload;
  /** The running kernel's release. */
  readonly kernel: string;
  readonly speed: number;
  /** The model's, under the captured settings. */
  readonly baseline: Outcome;
  readonly scenarios: readonly LiveScenario[];
  readonly target: string;
  /** File that the replay was recorded into. */
  readonly capture: string | null;
}

const COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'RECORDED', align: 'right' },
  { title: 'MODELLED', align: 'right' },
  { title: 'LIVE', align: 'right' },
  { title: '', align: 'left' },
];
const BARS = ' ▁▂▃▄▅▆▇█';

export function* replayLiveText(found: LiveFound, style: TextStyle): Generator<string> {
  const { workload, kernel, speed, scenarios, target, capture } = found;
  const { clients } = workload;
  const faster = speed === 1 ? '' : `, at ${speed} times its speed`;
  yield paint(
    style,
    'bold',
    `${escapeText(workload.name)}, replayed on this kernel, Linux ${escapeText(kernel)}${faster}`,
  );
  const many = clients.mode === 'open' ? clients.arrivals_ns.length : clients.slots.length;
  yield* wrap(
    `${clients.mode === 'open' ? cameWhenTheyWould(many) : `${plural(many, 'client')} in a closed loop`}, ${plural(workload.acceptors.length, 'acceptor')}; in a network namespace of its own, at 127.0.0.1, over IPv4.`,
    style.width,
  );
  if (speed !== 1)
    yield* wrap(
      "Times are the workload's. The kernel's own timers, by which clients come again, do not go faster.",
      style.width,
    );
  for (const scenario of scenarios) yield* scenarioText(scenario, target, style);
  if (capture !== null) {
    yield '';
    yield `Recorded: acceptq analyze ${escapeText(capture)}`;
  }
}

function* scenarioText(scenario: LiveScenario, target: string, style: TextStyle): Generator<string> {
  const { settings, figures, explained, run, unset, meets, outcome } = scenario;
  const acceptors = settings.acceptors === null ? '' : `, ${plural(settings.acceptors, 'acceptor')}`;
  const members = settings.members === 1 ? '' : `, ${settings.members} listeners`;
  yield '';
  yield paint(style, 'bold', `backlog ${settings.backlog}, somaxconn ${settings.somaxconn}${acceptors}${members}`);
  for (const line of table(COLUMNS, figures.map(cells))) yield `  ${line}`;
  yield `  depth over time, at most ${outcome.depth.max}: ${bars(run.depth_over_time)}`;
  yield* wrap(punctuality(scenario), style.width, '  ');
  for (const one of unset) yield* wrap(`Mind: ${escapeText(one)}.`, style.width, '  ');
  if (run.not_begun > 0)
    yield* wrap(
      `Mind: ${plural(run.not_begun, 'client')} could not begin: of ${plural(scenario.descriptors, 'file descriptor')} none was free (ulimit -n), or memory was out.`,
      style.width,
      '  ',
    );
  yield* wrap(
    explained === null
      ? 'The kernel did as the model says.'
      : `First difference: ${explained.figure}. ${sentence(explained.why)}`,
    style.width,
    '  ',
  );
  yield `  ${escapeText(target)}: ${meets ? paint(style, 'green', 'reached') : paint(style, 'red', 'not reached')}`;
}

function cells({ figure, recorded, modelled, live, differs, unit }: Compared): string[] {
  const said = (value: number | null): string =>
    value === null ? '-' : unit === 'ns' ? formatNs(value) : value.toLocaleString('en', { maximumFractionDigits: 2 });
  return [figure.replaceAll('_', ' '), said(recorded), said(modelled), said(live), differs ? 'differs' : ''];
}

function punctuality({ run, too_busy }: LiveScenario): string {
  const { p50, p99, max } = run.arrivals_late_ns;
  if (p50 === null || p99 === null || max === null) return 'Nobody came.';
  const late = `Clients came ${formatNs(p50)} late at the median, ${formatNs(p99)} at the 99th percentile, ${formatNs(max)} at worst.`;
  return too_busy ? `${late} The machine was too busy to judge by this replay.` : late;
}

function bars(depths: readonly number[]): string {
  const most = Math.max(1, ...depths);
  return depths
    .map((depth) => BARS[depth === 0 ? 0 : Math.max(1, Math.round((depth / most) * (BARS.length - 1)))])
    .join('')
    .trimEnd();
}

const sentence = (text: string): string => `${text[0].toUpperCase()}${escapeText(text.slice(1))}.`;
