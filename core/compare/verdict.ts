// What a comparison comes to at a place: worse, better or neither, and which figures say so, which are noise and which cannot tell.
import type { CountChange, PlaceChange, WaitChange } from './model.ts';

/** mixed: something is worse and something better; same: nothing is, of what can be told; unsure: nothing can be told. */
export type Judgement = 'worse' | 'mixed' | 'better' | 'same' | 'unsure';

export type Measured = CountChange | WaitChange;

export interface PlaceVerdict {
  readonly judgement: Judgement;
  /** More than noise, the load last. */
  readonly changed: readonly Measured[];
  readonly noise: readonly Measured[];
  /** Too little was recorded, a side does not know it, or it may be noise and may be much. */
  readonly unsure: readonly Measured[];
  /** How many came, after against before. */
  readonly load: CountChange;
}

/** More clients or more accepted are neither worse nor better: they are the load. */
export const isLoad = ({ figure }: Measured): boolean => figure === 'enqueued' || figure === 'accepted';

/** Overflows or retransmissions on one side only, and yet so few or so bunched that chance may have made them. */
export const isOneSided = (measured: Measured): boolean =>
  'bounds' in measured &&
  !isLoad(measured) &&
  measured.change === 'same' &&
  (measured.before === 0) !== (measured.after === 0);

/** From this factor on nobody calls it the same. */
const MUCH = 2;

/** How many times longer a wait may be that may as well be the same; null where that is less than twice. */
export function mayBeTimes(measured: Measured): number | null {
  if ('bounds' in measured || measured.change !== 'same' || measured.difference === null) return null;
  const { before, difference } = measured;
  if (before === null || before <= 0) return null;
  const times = 1 + difference.high / before;
  return times >= MUCH ? times : null;
}

function judge(changed: readonly Measured[], noise: readonly Measured[]): Judgement {
  const bad = changed.filter((figure) => !isLoad(figure));
  const more = bad.some(({ change }) => change === 'more');
  const less = bad.some(({ change }) => change === 'less');
  if (more || less) return more && less ? 'mixed' : more ? 'worse' : 'better';
  return noise.some((figure) => !isLoad(figure)) ? 'same' : 'unsure';
}

export function verdictOf(place: PlaceChange): PlaceVerdict {
  const all: readonly Measured[] = [...place.counts, ...place.waits];
  const changed = all
    .filter(({ change }) => change === 'more' || change === 'less')
    .sort((a, b) => Number(isLoad(a)) - Number(isLoad(b)));
  const noise = all.filter((figure) => figure.change === 'same' && !isOneSided(figure) && mayBeTimes(figure) === null);
  return {
    judgement: judge(changed, noise),
    changed,
    noise,
    unsure: all.filter((figure) => !changed.includes(figure) && !noise.includes(figure)),
    load: place.counts.find(({ figure }) => figure === 'enqueued') as CountChange,
  };
}

const WORST_FIRST: readonly Judgement[] = ['worse', 'mixed', 'unsure', 'better', 'same'];

export interface JudgedPlace {
  readonly place: PlaceChange;
  readonly verdict: PlaceVerdict;
}

/** Worst first; of equals as they came. */
export const judgedPlaces = (places: readonly PlaceChange[]): JudgedPlace[] =>
  places
    .map((place) => ({ place, verdict: verdictOf(place) }))
    .sort((a, b) => WORST_FIRST.indexOf(a.verdict.judgement) - WORST_FIRST.indexOf(b.verdict.judgement));

/** Of all places together. */
export function overallOf(judged: readonly JudgedPlace[]): Judgement {
  const found = new Set(judged.map(({ verdict }) => verdict.judgement));
  if (found.has('mixed') || (found.has('worse') && found.has('better'))) return 'mixed';
  for (const judgement of ['worse', 'better', 'same'] as const) if (found.has(judgement)) return judgement;
  return 'unsure';
}
