// acceptq replay: a captured workload in the model of the kernel, under other settings; which setting is right, and how sure that is.
import { kernelProfile } from '../../core/kernel/profile.ts';
import { GridError, grid, type Knobs, parseRange } from '../../replay/what-if/grid.ts';
import { type Scenario, smallest } from '../../replay/what-if/recommend.ts';
import { type Settings, settingsOf } from '../../replay/what-if/settings.ts';
import { sweep } from '../../replay/what-if/sweep.ts';
import type { Task } from '../../replay/what-if/sweep-plan.ts';
import { meets, parseTarget, type Target, TargetError } from '../../replay/what-if/target.ts';
import type { Stall, Workload } from '../../replay/workload/workload.ts';
import { stepProgress } from '../progress.ts';
import type { ReplayFound } from '../render/replay-text.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { foundOf, resultOf, UNREADABLE } from './replay-result.ts';
import { parseCount, parseTime } from './time.ts';
import { readWorkload, type WorkloadOptions } from './workload-in.ts';
import { checkPage } from './write-page.ts';

export interface ReplayOptions extends WorkloadOptions {
  readonly backlog?: string;
  /** Of the replay; --somaxconn says what was in force. */
  readonly setSomaxconn?: string;
  readonly acceptors?: string;
  readonly members?: string;
  readonly syncookies?: string;
  readonly abortOnOverflow?: string;
  readonly synackRetries?: string;
  readonly serviceScale?: string;
  readonly rate?: string;
  readonly stalls?: boolean;
  readonly stall?: string[];
  readonly kernel?: string;
  readonly target?: string;
  readonly resamples?: string;
  readonly failOn?: string;
  /** File for the capture's report as a page, with the curve in it. */
  readonly html?: string;
  /** On the running kernel; what else is about that comes with it. */
  readonly live?: boolean;
  readonly calls?: boolean;
  readonly task?: string;
  readonly speed?: string;
  readonly for?: string;
  readonly capture?: string;
}

const DEFAULT_RESAMPLES = 50;
const MOST_RESAMPLES = 10_000;
/** Lengths that are tried where none is asked for. */
const LENGTHS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 511, 1024, 2048, 4096, 8192, 16384, 32768];

export async function replay(captures: string[], options: ReplayOptions): Promise<CommandResult> {
  const { target, gate, days } = checked(options);
  checkLive(options);
  if (options.calls === true) return (await import('./replay-calls.ts')).replayCalls(captures, options);
  if (options.html !== undefined) {
    const { replayWithPage } = await import('./replay-page.ts');
    return replayWithPage(
      captures,
      options,
      options.html,
      (workload) => replayed(workload, options, target, days),
      gate,
    );
  }
  const workload = await readWorkload(captures, options);
  if (workload === null) return UNREADABLE;
  if (options.live === true) {
    const own = settingsOf(workload);
    const { replayLive } = await import('./replay-live.ts');
    return replayLive(workload, scenariosOf(own, options, [own.backlog]), options, target, gate);
  }
  return resultOf(await replayed(workload, options, target, days), gate);
}

/** In the model: the captured settings, and each that is asked for. */
async function replayed(
  workload: Workload,
  options: ReplayOptions,
  target: Target,
  days: number,
): Promise<ReplayFound> {
  const own = settingsOf(workload);
  const settings = scenariosOf(own, options, null);
  const progress = stepProgress();
  try {
    const tasks: Task[] = [own, ...settings].map((one) => ({ settings: one, seed: null }));
    const [baseline, ...outcomes] = await sweep(workload, tasks, (done) =>
      progress.update('replaying', done, tasks.length),
    );
    const scenarios = settings.map((one, k) => ({ settings: one, outcome: outcomes[k] }));
    const needed =
      days === 0
        ? null
        : await neededOn(days, workload, scenarios, target, (done, of) =>
            progress.update('other days like this one', done, of),
          );
    progress.done();
    return foundOf(workload, baseline, scenarios, target, needed);
  } finally {
    progress.done();
  }
}

function checked(options: ReplayOptions): { target: Target; gate: Target | null; days: number } {
  try {
    const days = options.resamples === undefined ? DEFAULT_RESAMPLES : parseCount('--resamples', options.resamples);
    if (days > MOST_RESAMPLES) throw new UsageError(`--resamples takes at most ${MOST_RESAMPLES}`);
    return {
      target: parseTarget(options.target ?? 'overflows=0'),
      gate: options.failOn === undefined ? null : parseTarget(options.failOn),
      days,
    };
  } catch (error) {
    throw error instanceof TargetError ? new UsageError(error.message) : error;
  }
}

function checkLive(options: ReplayOptions): void {
  checkPage(options.html);
  if (options.live === true && options.html !== undefined)
    throw new UsageError('--html shows a replay in the model, not --live');
  const { live, kernel, calls, task } = options;
  const only = (['calls', 'task', 'speed', 'for', 'capture'] as const).find((name) => options[name] !== undefined);
  if (live !== true && only !== undefined) throw new UsageError(`--${only} is for replay --live`);
  if (live === true && kernel !== undefined)
    throw new UsageError('--live plays on the running kernel; --kernel is for the model');
  if (task !== undefined && calls !== true) throw new UsageError('--task is for replay --live --calls');
}

const factor = (option: string, text: string): number => {
  const value = /^\d+(\.\d+)?x?$/.test(text) ? Number(text.replace(/x$/, '')) : Number.NaN;
  if (!(value > 0 && value <= 1000)) throw new UsageError(`${option} takes a factor, as 0.5 or 2x, not ${text}`);
  return value;
};

/** `300ms@1.2s`: how long, and when from the workload's start. */
function stallOf(text: string): Stall {
  const [duration, at, ...more] = text.split('@');
  if (at === undefined || more.length > 0)
    throw new UsageError(`--stall takes how long @ when, as 300ms@1.2s, not ${text}`);
  return { at_ns: parseTime(at), duration_ns: parseTime(duration) };
}

/** @param backlogs to try where none is asked for; null: many. */
function scenariosOf(own: Settings, options: ReplayOptions, backlogs: readonly number[] | null): Settings[] {
  if (options.kernel !== undefined && kernelProfile(options.kernel) === null)
    throw new UsageError(`--kernel takes a release, as 5.10 or 6.1.176, not ${options.kernel}`);
  const one = (option: string, text: string | undefined, usual: number): number =>
    text === undefined ? usual : parseCount(option, text);
  const base: Settings = {
    ...own,
    tcp_syncookies: one('--syncookies', options.syncookies, own.tcp_syncookies),
    tcp_abort_on_overflow: one('--abort-on-overflow', options.abortOnOverflow, own.tcp_abort_on_overflow),
    tcp_synack_retries: one('--synack-retries', options.synackRetries, own.tcp_synack_retries),
    service_scale: options.serviceScale === undefined ? 1 : factor('--service-scale', options.serviceScale),
    rate: options.rate === undefined ? 1 : factor('--rate', options.rate),
    recorded_stalls: options.stalls !== false,
    stalls: (options.stall ?? []).map(stallOf),
    kernel: options.kernel ?? own.kernel,
  };
  try {
    const knobs: Record<string, readonly number[]> = {};
    if (options.acceptors !== undefined) knobs.acceptors = parseRange(options.acceptors, 'each');
    if (options.members !== undefined) knobs.members = parseRange(options.members, 'each');
    if (options.setSomaxconn !== undefined) knobs.somaxconn = parseRange(options.setSomaxconn, 'doubled');
    const asked = options.backlog === undefined ? null : parseRange(options.backlog, 'doubled');
    knobs.backlog = asked ?? backlogs ?? [...new Set([...LENGTHS, own.backlog])].sort((a, b) => a - b);
    if ([...(knobs.acceptors ?? []), ...(knobs.members ?? [])].some((value) => value < 1 || value > 100_000))
      throw new UsageError('--acceptors and --members take numbers from 1 to 100000');
    // a backlog beyond somaxconn changes nothing, unless that is changed with it
    const lift = options.setSomaxconn === undefined && asked === null && backlogs === null;
    return grid(base, knobs as Knobs).map((settings) =>
      lift ? { ...settings, somaxconn: Math.max(settings.somaxconn, settings.backlog) } : settings,
    );
  } catch (error) {
    throw error instanceof GridError ? new UsageError(error.message) : error;
  }
}

/** The backlog that each of the drawn days needs, of those tried with the acceptors of the recommendation: by halving, all days at once. */
async function neededOn(
  days: number,
  workload: Workload,
  scenarios: readonly Scenario[],
  target: Target,
  progress: (done: number, of: number) => void,
): Promise<(number | null)[] | null> {
  const best = smallest(scenarios, target);
  if (best === null) return null;
  const family = scenarios
    .filter(
      ({ settings }) => settings.acceptors === best.settings.acceptors && settings.members === best.settings.members,
    )
    .sort((a, b) => a.outcome.capacity - b.outcome.capacity);
  const low = new Int32Array(days);
  const high = new Int32Array(days).fill(family.length);
  const rounds = Math.ceil(Math.log2(family.length + 1));
  for (let round = 0; round < rounds; round++) {
    const open = Array.from({ length: days }, (_, day) => day).filter((day) => low[day] < high[day]);
    const tasks = open.map((day) => ({ settings: family[(low[day] + high[day]) >> 1].settings, seed: day + 1 }));
    const outcomes = await sweep(workload, tasks, (done) => progress(round * days + done, rounds * days));
    open.forEach((day, k) => {
      const middle = (low[day] + high[day]) >> 1;
      if (meets(outcomes[k], target)) high[day] = middle;
      else low[day] = middle + 1;
    });
  }
  return Array.from(low, (index) => family[index]?.settings.backlog ?? null);
}
