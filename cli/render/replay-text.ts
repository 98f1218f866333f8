// A replay for people: how well it fits the capture, a line for each setting, a curve over the backlog, and what to choose.
import { formatNs, plural } from '../../core/report/units.ts';
import type { Recommendation } from '../../replay/what-if/recommend.ts';
import type { Settings } from '../../replay/what-if/settings.ts';
import type { Fit } from '../../replay/what-if/situation.ts';
import type { Outcome, Workload } from '../../replay/workload/workload.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { type Column, paint, table, wrap } from './text.ts';

export interface ReplayFound {
  readonly workload: Workload;
  readonly baseline: Outcome;
  readonly fit: readonly Fit[];
  readonly scenarios: readonly { readonly settings: Settings; readonly outcome: Outcome; readonly meets: boolean }[];
  readonly recommendation: Recommendation | null;
  readonly target: string;
  readonly instead: readonly string[];
}

const count = (value: number | null): string => (value === null ? '?' : value.toLocaleString('en'));
const time = (ns: number | null): string => (ns === null ? '-' : formatNs(ns));
const BARS = ' ▁▂▃▄▅▆▇█';

export function* replayText(found: ReplayFound, style: TextStyle): Generator<string> {
  yield* aboutText(found, style);
  yield* fitText(found);
  yield '';
  yield* scenariosText(found, style);
  yield* curveText(found);
  yield '';
  yield* recommendationText(found, style);
}

function* aboutText({ workload }: ReplayFound, style: TextStyle): Generator<string> {
  const { clients, acceptors, name, kernel, assumed, members } = workload;
  const many = clients.mode === 'open' ? clients.arrivals_ns.length : clients.slots.length;
  yield paint(style, 'bold', `${escapeText(name)}, replayed in the model of Linux ${escapeText(kernel)}`);
  const who = clients.mode === 'open' ? cameWhenTheyWould(many) : `${plural(many, 'client')} in a closed loop`;
  const over = members === 1 ? '' : ` over ${members} listeners`;
  yield* wrap(`${who} (${escapeText(clients.why)}); ${plural(acceptors.length, 'acceptor')}${over}.`, style.width);
  if (clients.bias !== null) yield* wrap(`Mind: ${escapeText(clients.bias)}.`, style.width);
  if (assumed.length > 0)
    yield* wrap(`Not in the capture, so taken for the default: ${escapeText(assumed.join(', '))}.`, style.width);
}

export const cameWhenTheyWould = (clients: number): string =>
  clients === 1 ? '1 client that comes when it will' : `${plural(clients, 'client')} that come when they will`;

const FIT_COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'RECORDED', align: 'right' },
  { title: 'REPLAYED', align: 'right' },
  { title: 'ERROR', align: 'right' },
];

function* fitText({ fit }: ReplayFound): Generator<string> {
  yield '';
  if (fit.length === 0) {
    yield 'There is no capture to hold this replay against: the workload was made by hand.';
    return;
  }
  yield 'The replay under the captured settings, against the capture:';
  const rows = fit.map(({ figure, recorded, replayed, error }) => {
    const said = figure.startsWith('wait') ? time : count;
    return [
      figure,
      said(recorded),
      said(replayed),
      error === 0 ? '0 %' : `${error > 0 ? '+' : ''}${(error * 100).toFixed(1)} %`,
    ];
  });
  for (const line of table(FIT_COLUMNS, rows)) yield `  ${line}`;
}

const SCENARIO_COLUMNS: readonly Column[] = [
  { title: 'BACKLOG', align: 'right' },
  { title: 'ACCEPTORS', align: 'right' },
  { title: 'QUEUE', align: 'right' },
  { title: 'OVERFLOWS', align: 'right' },
  { title: 'GAVE UP', align: 'right' },
  { title: 'DEPTH max', align: 'right' },
  { title: 'WAIT p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'max', align: 'right' },
  { title: 'CONNECT p99', align: 'right' },
  { title: '', align: 'left' },
];

function cells(settings: Settings, outcome: Outcome, mark: string, own: number): string[] {
  return [
    `${settings.backlog}${settings.somaxconn < settings.backlog >>> 0 ? '*' : ''}`,
    `${settings.acceptors ?? own}${settings.members === 1 ? '' : `/${settings.members}`}`,
    count(outcome.capacity),
    count(outcome.overflows),
    count(outcome.gave_up),
    count(outcome.depth.max),
    time(outcome.wait_ns.p50),
    time(outcome.wait_ns.p99),
    time(outcome.wait_ns.max),
    time(outcome.connect_ns?.p99 ?? null),
    mark,
  ];
}

const isSame = (a: Outcome, b: Outcome): boolean =>
  a.overflows === b.overflows &&
  a.gave_up === b.gave_up &&
  a.wait_ns.p99 === b.wait_ns.p99 &&
  a.depth.max === b.depth.max;

function* scenariosText(
  { scenarios, workload, target, recommendation }: ReplayFound,
  style: TextStyle,
): Generator<string> {
  const own = workload.acceptors.length;
  // beyond some length nothing changes any more: one line says so for all
  const same = (k: number): boolean =>
    k > 1 && [k - 1, k - 2].every((other) => isSame(scenarios[k].outcome, scenarios[other].outcome));
  const shown = scenarios.filter(({ settings }, k) => !same(k) || settings === recommendation?.settings);
  const rows = shown.map(({ settings, outcome, meets }) =>
    cells(settings, outcome, settings === recommendation?.settings ? '← smallest' : meets ? 'meets' : '', own),
  );
  const [head, ...lines] = table(SCENARIO_COLUMNS, rows);
  yield paint(style, 'bold', head);
  yield* lines;
  if (shown.length < scenarios.length)
    yield paint(
      style,
      'dim',
      `and ${plural(scenarios.length - shown.length, 'setting')} more with what the line before has (--json has them)`,
    );
  yield `Target: ${escapeText(target)}.${scenarios.some(({ settings }) => settings.somaxconn < settings.backlog >>> 0) ? ' *: clamped to net.core.somaxconn.' : ''}`;
}

/** Overflows and p99 wait over the backlog, for the acceptors of the first line. */
function* curveText({ scenarios }: ReplayFound): Generator<string> {
  const [first] = scenarios;
  if (first === undefined) return;
  const line = scenarios.filter(
    ({ settings }) => settings.acceptors === first.settings.acceptors && settings.members === first.settings.members,
  );
  if (line.length < 4) return;
  const bars = (values: readonly number[]): string => {
    const most = Math.max(...values);
    return values
      .map(
        (value) => BARS[most === 0 ? 0 : Math.max(value > 0 ? 1 : 0, Math.round((value / most) * (BARS.length - 1)))],
      )
      .join('');
  };
  yield '';
  yield `overflows ${bars(line.map(({ outcome }) => outcome.overflows ?? 0))}   by backlog ${line[0].settings.backlog} to ${line[line.length - 1].settings.backlog}`;
  yield `wait p99  ${bars(line.map(({ outcome }) => outcome.wait_ns.p99 ?? 0))}`;
}

function* recommendationText({ recommendation, target, instead }: ReplayFound, style: TextStyle): Generator<string> {
  if (recommendation === null) {
    yield* wrap(`None of these settings meets ${escapeText(target)}.`, style.width);
  } else {
    const { settings, why, price, range } = recommendation;
    yield paint(
      style,
      'green',
      `backlog ${settings.backlog}${settings.acceptors === null ? '' : `, ${plural(settings.acceptors, 'acceptor')}`}: ${escapeText(why)}.`,
    );
    yield* wrap(
      `Its price: clients wait up to ${time(price.worst_wait_ns)}, and a full queue holds ${formatBytes(price.memory_bytes)} of kernel memory.`,
      style.width,
    );
    if (range !== null) yield* wrap(rangeText(range), style.width);
  }
  const first = recommendation === null ? 'What may help' : 'Or';
  for (const [k, other] of instead.entries())
    yield* wrap(`${k === 0 ? first : 'Or'}: ${escapeText(other)}.`, style.width);
}

export function rangeText({ low, median, high, days }: NonNullable<Recommendation['range']>): string {
  const said = (value: number): string => (Number.isFinite(value) ? String(value) : 'more than was tried');
  return `On ${plural(days, 'day')} drawn from these arrivals the backlog needed is ${said(median)} in the middle, ${said(low)} to ${said(high)} on nine of ten.`;
}

const formatBytes = (bytes: number): string =>
  bytes >= 1 << 20 ? `${(bytes / (1 << 20)).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
