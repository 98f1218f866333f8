// acceptq workload: a workload made by hand, to be replayed.

import { NEWEST } from '../../replay/validate/validate-capture.ts';
import { MOST_CLIENTS, type Synthetic, synthetic } from '../../replay/workload/synthetic.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { written } from './export.ts';
import { parseCount, parseTime } from './time.ts';

interface Options {
  readonly rate: string;
  readonly seconds: string;
  readonly burst: string;
  readonly every: string;
  readonly service: string;
  readonly fixed?: boolean;
  readonly acceptors: string;
  readonly backlog: string;
  readonly kernel?: string;
  readonly seed: string;
  readonly out?: string;
}

export function workload(kind: string, options: Options): CommandResult {
  if (kind !== 'poisson' && kind !== 'burst' && kind !== 'diurnal')
    throw new UsageError(`a workload is poisson, burst or diurnal, not ${kind}`);
  const rate = /^\d+(\.\d+)?$/.test(options.rate) ? Number(options.rate) : Number.NaN;
  const seconds = /^\d+(\.\d+)?$/.test(options.seconds) ? Number(options.seconds) : Number.NaN;
  if (!(rate > 0 && seconds > 0 && seconds <= 86_400 && rate * seconds <= 2 * MOST_CLIENTS))
    throw new UsageError('--rate takes clients a second and --seconds how long, up to a day and five million clients');
  const asked: Synthetic = {
    kind,
    rate,
    seconds,
    burst: parseCount('--burst', options.burst),
    every_ns: parseTime(options.every),
    service_ns: parseTime(options.service),
    fixed_service: options.fixed === true,
    acceptors: parseCount('--acceptors', options.acceptors),
    backlog: parseCount('--backlog', options.backlog),
    kernel: options.kernel ?? NEWEST,
    seed: parseCount('--seed', options.seed),
  };
  if (asked.every_ns <= 0) throw new UsageError('--every takes a time above 0');
  if (asked.acceptors < 1 || asked.acceptors > 10_000) throw new UsageError('--acceptors takes 1 to 10000');
  try {
    const made = synthetic(asked);
    return written(`${JSON.stringify(made)}\n`, made, options.out);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
