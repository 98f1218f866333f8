// A replay as curves for the report's page: each over the backlog, for what else was tried; how well it fits, and what it leaves out.
import type { WhatIfCurve, WhatIfPoint } from '../../core/report/model.ts';
import { formatNs, plural } from '../../core/report/units.ts';
import { type Settings, settingsOf } from '../../replay/what-if/settings.ts';
import type { Outcome } from '../../replay/workload/workload.ts';
import { type ReplayFound, rangeText } from './replay-text.ts';

type Scenario = ReplayFound['scenarios'][number];

/** What is in force: a backlog below 0 is as long as somaxconn lets it be. */
const lengthOf = (settings: Settings, outcome: Outcome): number =>
  settings.backlog < 0 ? Math.max(0, outcome.capacity - 1) : settings.backlog;

const pointOf = (backlog: number, outcome: Outcome): WhatIfPoint => ({
  backlog,
  overflows: outcome.overflows ?? 0,
  wait_p99_ns: outcome.wait_ns.p99,
  capacity: outcome.capacity,
});

const NAMED = [
  ['tcp_syncookies', 'net.ipv4.tcp_syncookies'],
  ['tcp_abort_on_overflow', 'net.ipv4.tcp_abort_on_overflow'],
  ['tcp_synack_retries', 'net.ipv4.tcp_synack_retries'],
] as const;

/** What a setting has that was not captured, beside the backlog; somaxconn where it was not raised for the backlog alone. */
function variantOf(settings: Settings, own: Settings, lifted: boolean): string {
  const said = [
    ...(settings.acceptors === null ? [] : [plural(settings.acceptors, 'acceptor')]),
    ...(settings.members === own.members ? [] : [plural(settings.members, 'listener')]),
    ...(lifted ? [] : [`net.core.somaxconn = ${settings.somaxconn}`]),
    ...NAMED.filter(([key]) => settings[key] !== own[key]).map(([key, name]) => `${name} = ${settings[key]}`),
    ...(settings.service_scale === 1 ? [] : [`service × ${settings.service_scale}`]),
    ...(settings.rate === 1 ? [] : [`clients × ${settings.rate}`]),
    ...(settings.recorded_stalls ? [] : ['without the recorded stalls']),
    ...settings.stalls.map(({ at_ns, duration_ns }) => `a stall of ${formatNs(duration_ns)} at ${formatNs(at_ns)}`),
    ...(settings.kernel === own.kernel ? [] : [`rules of Linux ${settings.kernel}`]),
  ];
  return said.join(', ');
}

/** A replay that does not fit what happened should not be believed about what did not. */
function fitSentence({ workload: { recorded }, baseline, fit }: ReplayFound): string {
  if (recorded === null) return 'There is no capture to hold this replay against.';
  const overflows =
    recorded.overflows === null
      ? `${plural(baseline.overflows ?? 0, 'overflow')} (how many there were is not recorded)`
      : `${plural(baseline.overflows ?? 0, 'overflow')} where the capture has ${recorded.overflows}`;
  const worst = [...fit].sort((a, b) => Math.abs(b.error) - Math.abs(a.error))[0];
  const off =
    worst === undefined
      ? ''
      : worst.error === 0
        ? '; no figure is off'
        : `; of the figures held against it the one furthest off is ${worst.figure.replaceAll('_', ' ')}, by ${worst.error > 0 ? '+' : '−'}${Math.abs(worst.error * 100).toFixed(1)} %`;
  return `Under the captured settings the replay has ${overflows}${off}.`;
}

function noteOf(found: ReplayFound): string {
  const { workload, recommendation, target } = found;
  const { clients, assumed, kernel } = workload;
  return [
    fitSentence(found),
    recommendation === null
      ? `None of the settings tried meets ${target}.`
      : `Backlog ${recommendation.settings.backlog}: ${recommendation.why}.`,
    ...(recommendation === null || recommendation.range === null ? [] : [rangeText(recommendation.range)]),
    `Left out: ports, processors and the scheduler; the rules are those of Linux ${kernel}. Clients are taken for ${clients.mode === 'open' ? 'coming when they will' : 'a closed loop'} (${clients.why}).`,
    ...(clients.bias === null ? [] : [`Mind: ${clients.bias}.`]),
    ...(assumed.length === 0 ? [] : [`Not in the capture, so taken for the default: ${assumed.join(', ')}.`]),
  ].join(' ');
}

/** Settings that differ by the backlog alone are one curve; that of the recommendation comes first. */
export function curvesOf(found: ReplayFound, listener: number): WhatIfCurve[] {
  const { workload, baseline, recommendation, target, fit } = found;
  const own = settingsOf(workload);
  // for a backlog beyond somaxconn both are raised, where no somaxconn was asked for
  const isLifted = ({ somaxconn, backlog }: Settings): boolean => somaxconn === Math.max(own.somaxconn, backlog);
  const lifted = found.scenarios.every(({ settings }) => isLifted(settings));
  const families = new Map<string, Scenario[]>();
  for (const scenario of found.scenarios) {
    const same = lifted || scenario.settings.somaxconn === own.somaxconn;
    const key = variantOf(scenario.settings, own, same);
    families.set(key, [...(families.get(key) ?? []), scenario]);
  }
  const captured = pointOf(Math.max(0, baseline.capacity - 1), baseline);
  const note = noteOf(found);
  const curves = [...families].map(([variant, scenarios]): WhatIfCurve => {
    const chosen = scenarios.find(({ settings }) => settings === recommendation?.settings);
    const points = scenarios.map(({ settings, outcome, meets }) => ({
      ...pointOf(lengthOf(settings, outcome), outcome),
      meets_target: meets,
    }));
    const ascending = points.sort((a, b) => a.backlog - b.backlog);
    return {
      listener,
      points: ascending.filter(({ backlog }, k) => k === 0 || backlog !== ascending[k - 1].backlog),
      note,
      ...(variant === '' ? {} : { variant }),
      captured,
      recommended: chosen === undefined ? null : lengthOf(chosen.settings, chosen.outcome),
      target,
      fit,
    };
  });
  const first = (curve: WhatIfCurve): number => (curve.recommended === null ? 1 : 0);
  return curves.sort((a, b) => first(a) - first(b));
}
