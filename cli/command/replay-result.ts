// What a replay found, as the JSON of "acceptq.replay/1" and as text.
import { alternatives, recommendationOf, type Scenario } from '../../replay/what-if/recommend.ts';
import { fitOf, situationOf } from '../../replay/what-if/situation.ts';
import { meets, type Target, targetText } from '../../replay/what-if/target.ts';
import type { Outcome, Workload } from '../../replay/workload/workload.ts';
import { type ReplayFound, replayText } from '../render/replay-text.ts';
import type { CommandResult } from '../result.ts';
import { version } from '../version.ts';

export const UNREADABLE: CommandResult = { exit: 3, json: null, text: () => [] };

export function foundOf(
  workload: Workload,
  baseline: Outcome,
  scenarios: readonly Scenario[],
  target: Target,
  needed: readonly (number | null)[] | null,
): ReplayFound {
  const { recorded } = workload;
  const situation = situationOf(workload, baseline);
  const recommendation = recommendationOf(scenarios, target, situation, needed);
  return {
    workload,
    baseline,
    fit: recorded === null ? [] : fitOf(recorded, baseline),
    scenarios: scenarios.map(({ settings, outcome }) => ({ settings, outcome, meets: meets(outcome, target) })),
    recommendation,
    target: targetText(target),
    instead: recommendation === null ? alternatives(null, situation) : recommendation.alternatives,
  };
}

/** What the JSON of a replay, in the model or live, says of where its clients come from. */
export const workloadSummary = ({ clients, assumed }: Workload) => ({
  mode: clients.mode,
  follows: clients.follows,
  why: clients.why,
  source: clients.source,
  bias: clients.bias,
  assumed,
});

export function resultOf(found: ReplayFound, gate: Target | null): CommandResult {
  const { workload, baseline, scenarios, recommendation } = found;
  const { name, kernel, recorded } = workload;
  const failed = gate !== null && scenarios.some(({ outcome }) => meets(outcome, gate));
  return {
    exit: failed ? 1 : 0,
    json: {
      schema: 'acceptq.replay/1',
      generated_by: `acceptq ${version()}`,
      mode: 'model',
      listener: name,
      kernel_profile: scenarios[0]?.settings.kernel ?? kernel,
      target: found.target,
      workload: workloadSummary(workload),
      recorded,
      baseline,
      fit: found.fit,
      scenarios: scenarios.map(({ settings, outcome, meets: met }) => ({
        ...outcome,
        settings,
        meets_target: met,
      })),
      recommendation: recommendation === null ? null : { ...recommendation, range: finite(recommendation.range) },
    },
    text: (style) => replayText(found, style),
  };
}

/** JSON has no infinity: null is "none of those tried". */
const finite = <T extends { low: number; median: number; high: number; days: number }>(range: T | null) => {
  const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return range === null
    ? null
    : { low: known(range.low), median: known(range.median), high: known(range.high), days: range.days };
};
