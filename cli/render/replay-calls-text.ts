// Calls played again, for people: how many went as recorded, and each that did not.
import { errnoName } from '../../core/kernel/errno.ts';
import { formatNs, plural } from '../../core/report/units.ts';
import type { CallResult, CallsPlayed } from '../../replay/live/calls/play-calls.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { type Column, paint, table, wrap } from './text.ts';

export interface CallsFound extends CallsPlayed {
  readonly tid: number;
  readonly kernel: string;
  readonly recordedOn: string | null;
  /** Calls after which no more were taken; null when all were. */
  readonly cut: number | null;
}

/** Differences that are printed; --json has all. */
const MOST_LINES = 40;

const COLUMNS: readonly Column[] = [
  { title: 'AT', align: 'right' },
  { title: 'CALL', align: 'left' },
  { title: 'RECORDED', align: 'right' },
  { title: 'LIVE', align: 'right' },
  { title: '', align: 'left' },
];

export function* replayCallsText(found: CallsFound, style: TextStyle): Generator<string> {
  const { results, tid, kernel, recordedOn, moved, cut } = found;
  const of = (verdict: string): CallResult[] => results.filter((one) => one.verdict === verdict);
  const [same, different, undecided] = [of('same'), of('different'), of('undecided')];
  const from = recordedOn === null ? '' : `, recorded on ${escapeText(recordedOn)}`;
  yield paint(style, 'bold', `Calls of task ${tid}, played again on Linux ${escapeText(kernel)}${from}`);
  yield* wrap(
    `${plural(results.length, 'call')}: ${same.length} went as recorded, ${different.length} did not, ${undecided.length} could not be played.`,
    style.width,
  );
  yield* wrap(
    'In a network namespace of its own: ports are as recorded. Numbers of descriptors are not compared, only that there is one.',
    style.width,
  );
  if (moved.length > 0)
    yield* wrap(`Moved to addresses on loopback: ${moved.map((one) => escapeText(one)).join(', ')}.`, style.width);
  if (cut !== null) yield `Only the first ${cut.toLocaleString('en')} calls were taken.`;
  if (different.length > 0) {
    yield '';
    yield* table(COLUMNS, different.slice(0, MOST_LINES).map(cells));
    if (different.length > MOST_LINES) yield `and ${different.length - MOST_LINES} more; --json has all`;
  }
  yield* reasons(undecided, style);
}

function* reasons(undecided: readonly CallResult[], style: TextStyle): Generator<string> {
  const counts = new Map<string, number>();
  for (const { note } of undecided) counts.set(note ?? '', (counts.get(note ?? '') ?? 0) + 1);
  if (counts.size > 0) yield '';
  for (const [why, count] of [...counts].sort((a, b) => b[1] - a[1]))
    yield* wrap(`${plural(count, 'call')} not played: ${why}`, style.width);
}

const said = (result: number | null): string => (result === null ? '-' : (errnoName(result) ?? String(result)));

function cells({ at, call, args, recorded, live, note }: CallResult): string[] {
  const words = args.map((arg) => (Number.isNaN(arg) ? '?' : String(arg))).join(', ');
  return [formatNs(at), `${call}(${words})`, said(recorded), said(live), note ?? ''];
}
