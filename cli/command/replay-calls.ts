// acceptq replay --live --calls: the socket calls of one recorded task again on the running kernel, each result held against the recorded one.
import { release } from 'node:os';
import { readLog } from '../../core/store/log-reader.ts';
import type { Store } from '../../core/store/store.ts';
import { readValidationInput } from '../../core/store/validation-input.ts';
import { MOST_CALLS, type RecordedCall, RecordedCalls } from '../../replay/live/calls/recorded-calls.ts';
import { playCalls } from '../../replay/live/play-live.ts';
import { LiveUnavailable } from '../../replay/live/unavailable.ts';
import { type CallsFound, replayCallsText } from '../render/replay-calls-text.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { version } from '../version.ts';
import { Interruption } from './interruption.ts';
import { parseSomaxconn } from './report.ts';
import { openToRead } from './store-to-read.ts';
import { parseCount } from './time.ts';

export interface CallsOptions {
  readonly db?: string;
  readonly with?: string[];
  readonly somaxconn?: string;
  /** Thread whose calls are played. */
  readonly task?: string;
}

interface Taken {
  readonly calls: RecordedCall[];
  readonly cut: boolean;
  readonly kernel: string | null;
}

/** @throws UsageError when there is no such task, or this machine or user cannot. */
export async function replayCalls(captures: string[], options: CallsOptions): Promise<CommandResult> {
  if (options.task === undefined) throw new UsageError('--calls plays the calls of one task: give --task with its tid');
  const tid = parseCount('--task', options.task);
  const somaxconn = parseSomaxconn(options.somaxconn) ?? null;
  const interruption = new Interruption();
  const { stop } = interruption.watch();
  try {
    const taken = await takenFrom(captures, options, tid);
    if (taken === null) return { exit: 3, json: null, text: () => [] };
    if (taken.calls.length === 0) throw new UsageError(`no task ${tid} makes a call on a socket here`);
    const played = await playCalls({ calls: taken.calls, somaxconn }, { signal: stop });
    return resultOf({
      tid,
      recordedOn: taken.kernel,
      kernel: release(),
      cut: taken.cut ? MOST_CALLS : null,
      ...played,
    });
  } catch (error) {
    if (interruption.exit !== null) return { exit: interruption.exit, json: null, text: () => [] };
    throw error instanceof LiveUnavailable ? new UsageError(error.message) : error;
  } finally {
    interruption.end();
  }
}

async function takenFrom(captures: string[], options: CallsOptions, tid: number): Promise<Taken | null> {
  const { store, read } = await openToRead(
    captures,
    { ...options, interruptible: false },
    'replay takes captures, or --db with a store',
  );
  try {
    return read === 'none' ? null : callsOf(store, tid);
  } finally {
    store.close();
  }
}

/** Of the first capture in which the task makes any. */
function callsOf(store: Store, tid: number): Taken {
  for (const { id, kernel, names } of readValidationInput(store.db, null)) {
    const found = new RecordedCalls(tid, (endpoint) => names.endpoint(endpoint));
    for (const batch of readLog(store.db, id)) found.apply(batch);
    if (found.calls.length > 0) return { calls: found.calls, cut: found.cut, kernel };
  }
  return { calls: [], cut: false, kernel: null };
}

function resultOf(found: CallsFound): CommandResult {
  const count = (verdict: string): number => found.results.filter((one) => one.verdict === verdict).length;
  const different = count('different');
  return {
    exit: different > 0 ? 1 : 0,
    json: {
      schema: 'acceptq.replay-calls/1',
      generated_by: `acceptq ${version()}`,
      mode: 'live',
      task: found.tid,
      kernel: found.kernel,
      recorded_kernel: found.recordedOn,
      calls: found.results.length,
      same: count('same'),
      different,
      undecided: count('undecided'),
      moved: found.moved,
      cut_after: found.cut,
      results: found.results.map(({ at, ...one }) => ({
        at_ns: Math.round(at),
        ...one,
        args: one.args.map((arg) => (Number.isNaN(arg) ? null : arg)),
      })),
    },
    text: (style) => replayCallsText(found, style),
  };
}
