// acceptq replay --live: the workload on the running kernel, in a network namespace of its own, beside what was recorded and what the model says.
import { release } from 'node:os';
import { kernelProfile } from '../../core/kernel/profile.ts';
import type { Played } from '../../replay/live/child.ts';
import { compareOutcomes, explainFirst } from '../../replay/live/compare.ts';
import { playLive } from '../../replay/live/play-live.ts';
import { LiveUnavailable } from '../../replay/live/unavailable.ts';
import { prepare } from '../../replay/what-if/prepared.ts';
import { type Settings, settingsOf } from '../../replay/what-if/settings.ts';
import { Replay } from '../../replay/what-if/simulate.ts';
import { fitOf } from '../../replay/what-if/situation.ts';
import { meets, type Target, targetText } from '../../replay/what-if/target.ts';
import type { Outcome, Workload } from '../../replay/workload/workload.ts';
import { stepProgress } from '../progress.ts';
import { type LiveFound, type LiveScenario, replayLiveText } from '../render/replay-live-text.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { version } from '../version.ts';
import { Interruption } from './interruption.ts';
import { LiveCapture } from './live-capture.ts';
import { workloadSummary } from './replay-result.ts';
import { parseTime } from './time.ts';

export interface LiveFlags {
  /** How much faster than recorded, 0.1 to 100. */
  readonly speed?: string;
  /** End each replay after so long. */
  readonly for?: string;
  /** File that acceptq's own probe records the replay into. */
  readonly capture?: string;
}

/** Each takes as long as the workload: more would not end today. */
const MOST_SCENARIOS = 32;
/** Later than this at the 99th percentile, arrivals are not what was recorded. */
const LATE_NS = 1e6;

/**
 * Plays a workload live under each of `settings`.
 * @param settings those to play; the model plays the same under the running kernel's rules.
 * @throws UsageError when this machine or user cannot.
 */
export async function replayLive(
  workload: Workload,
  settings: readonly Settings[],
  flags: LiveFlags,
  target: Target,
  gate: Target | null,
): Promise<CommandResult> {
  const speed = speedOf(flags.speed);
  const limit = flags.for === undefined ? null : parseTime(flags.for);
  if (settings.length > MOST_SCENARIOS)
    throw new UsageError(
      `--live plays at most ${MOST_SCENARIOS} settings, one after the other; asked for are ${settings.length}`,
    );
  if (flags.capture !== undefined && settings.length > 1)
    throw new UsageError('--capture records one replay: give one value for each setting');
  const profile = kernelProfile(release())?.release ?? workload.kernel;
  const here = settings.map((one) => ({ ...one, kernel: profile }));
  const prepared = prepare(workload);
  const own = { ...settingsOf(workload), kernel: profile };
  const interruption = new Interruption();
  const { stop } = interruption.watch();
  try {
    const scenarios: LiveScenario[] = [];
    for (const one of here) {
      const played = await playOne(workload, one, { speed, limit, capture: flags.capture, signal: stop });
      scenarios.push(scenarioOf(workload, one, own, new Replay(prepared, one).run(), played, speed, target));
    }
    return resultOf(
      {
        workload,
        kernel: release(),
        speed,
        baseline: new Replay(prepared, own).run(),
        scenarios,
        target: targetText(target),
        capture: flags.capture ?? null,
      },
      profile,
      gate,
    );
  } catch (error) {
    if (interruption.exit !== null) return { exit: interruption.exit, json: null, text: () => [] };
    throw error instanceof LiveUnavailable ? new UsageError(error.message) : error;
  } finally {
    interruption.end();
  }
}

function speedOf(text: string | undefined): number {
  const value = text === undefined ? 1 : /^\d+(\.\d+)?x?$/.test(text) ? Number(text.replace(/x$/, '')) : Number.NaN;
  if (!(value >= 0.1 && value <= 100)) throw new UsageError(`--speed takes a factor from 0.1 to 100, not ${text}`);
  return value;
}

interface PlayOne {
  readonly speed: number;
  readonly limit: number | null;
  readonly capture: string | undefined;
  readonly signal: AbortSignal;
}

async function playOne(
  workload: Workload,
  settings: Settings,
  { speed, limit, capture, signal }: PlayOne,
): Promise<Played> {
  const { connections } = prepare(workload);
  const recording = capture === undefined ? null : new LiveCapture(capture);
  const progress = stepProgress();
  let done = false;
  try {
    const played = await playLive(
      { workload, settings, speed, limit_ns: limit },
      {
        signal,
        onProgress: (made) => progress.update('replaying on this kernel', made, connections),
        ...(recording === null ? {} : { onBegin: (pid: number) => recording.begin(pid) }),
      },
    );
    done = true;
    return played;
  } finally {
    progress.done();
    await recording?.end(done);
  }
}

function scenarioOf(
  workload: Workload,
  settings: Settings,
  own: Settings,
  modelled: Outcome,
  { run, unset, descriptors }: Played,
  speed: number,
  target: Target,
): LiveScenario {
  const asRecorded = JSON.stringify(settings) === JSON.stringify(own);
  const figures = compareOutcomes(asRecorded ? workload.recorded : null, modelled, run.outcome);
  const tooBusy = (run.arrivals_late_ns.p99 ?? 0) > LATE_NS;
  const { clients } = workload;
  const explained = explainFirst(figures, {
    speed,
    too_busy: tooBusy,
    unset,
    not_begun: run.not_begun,
    cut_short: run.cut_short,
    handshake_ns: clients.handshake_ns,
    initial_ms: clients.retry.initial_ms,
    closed: clients.mode === 'closed',
    cookies: run.counters.SyncookiesSent ?? 0,
  });
  return {
    settings,
    outcome: run.outcome,
    modelled,
    figures,
    explained,
    meets: meets(run.outcome, target),
    too_busy: tooBusy,
    run,
    unset,
    descriptors,
  };
}

function resultOf(found: LiveFound, profile: string, gate: Target | null): CommandResult {
  const { workload, scenarios } = found;
  const failed = gate !== null && scenarios.some(({ outcome }) => meets(outcome, gate));
  return {
    exit: failed ? 1 : 0,
    json: {
      schema: 'acceptq.replay/1',
      generated_by: `acceptq ${version()}`,
      mode: 'live',
      listener: workload.name,
      kernel: found.kernel,
      kernel_profile: profile,
      speed: found.speed,
      target: found.target,
      capture: found.capture,
      workload: workloadSummary(workload),
      recorded: workload.recorded,
      baseline: found.baseline,
      fit: workload.recorded === null ? [] : fitOf(workload.recorded, found.baseline),
      scenarios: scenarios.map((one) => ({
        ...one.outcome,
        settings: one.settings,
        meets_target: one.meets,
        modelled: one.modelled,
        compared: one.figures,
        first_difference: one.explained,
        live: {
          too_busy: one.too_busy,
          arrivals_late_ns: one.run.arrivals_late_ns,
          acceptors_late_max_ns: one.run.acceptors_late_max_ns,
          duration_ns: one.run.duration_ns,
          cut_short: one.run.cut_short,
          left_in_queue: one.run.left_in_queue,
          not_begun: one.run.not_begun,
          descriptors: one.descriptors,
          unset: one.unset,
          counters: one.run.counters,
          samples: one.run.samples,
          depth_over_time: one.run.depth_over_time,
        },
      })),
      recommendation: null,
    },
    text: (style) => replayLiveText(found, style),
  };
}
