// The interval of a difference against zero, as a picture of a line: on which side it lies, and whether it reaches across.
import type { WaitChange } from '../../../core/compare/model.ts';
import { differenceOf } from '../compare-words.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 220;
const HEIGHT = 18;
const MARGIN = 8;
/** How many times more or less than before the picture reaches: the least that holds all intervals of a page. */
const REACHES = [1.5, 2, 4, 10, 100, 1000] as const;

/** The ends of the difference as factors on before; null where there is nothing to draw. */
function factorsOf({ before, difference }: WaitChange): readonly [number, number] | null {
  if (before === null || before <= 0 || difference === null) return null;
  return [1 + difference.low / before, 1 + difference.high / before];
}

/** By factors, so that waits of microseconds and of seconds, and thrice and a third, are drawn alike. */
export function reachOf(changes: readonly WaitChange[]): number {
  const all = changes.flatMap((change) => factorsOf(change) ?? []);
  const most = Math.max(1, ...all.map((factor) => (factor <= 0 ? 1 : Math.max(factor, 1 / factor))));
  return REACHES.find((reach) => most <= reach) ?? REACHES[REACHES.length - 1];
}

const HALF = WIDTH / 2 - MARGIN;

/** Where a factor is drawn; beyond the reach at its end. */
function placeOf(factor: number, reach: number): number {
  const share = factor <= 0 ? -1 : Math.log(factor) / Math.log(reach);
  return WIDTH / 2 + HALF * Math.max(-1, Math.min(1, share));
}

const TOLD = {
  more: 'above zero, so more than noise',
  less: 'below zero, so more than noise',
  same: 'zero is in it, so no more than noise',
  unsure: 'too few waits to tell',
  unknown: 'not known',
} as const;

export function intervalPicture(change: WaitChange, reach: number): Markup | null {
  const factors = factorsOf(change);
  if (factors === null) return null;
  const [low, high] = factors.map((factor) => placeOf(factor, reach));
  const width = Math.max(3, high - low);
  const x = Math.min(low, WIDTH - MARGIN - 3).toFixed(1);
  const label = `Difference ${differenceOf(change)}: ${TOLD[change.change]}`;
  return html`<svg class="interval ${change.change}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><line class="reach" x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="9" y2="9"/><rect x="${x}" y="4" width="${width.toFixed(1)}" height="10" rx="2"/><line class="zero" x1="${WIDTH / 2}" x2="${WIDTH / 2}" y1="0" y2="${HEIGHT}"/></svg>`;
}

/** The scale of the pictures below it. */
export const intervalScale = (reach: number): Markup =>
  html`<svg class="interval scale" viewBox="0 0 ${WIDTH} 14" aria-hidden="true"><text x="${MARGIN}" y="11">÷${reach}</text><text x="${WIDTH / 2}" y="11" text-anchor="middle">0</text><text x="${WIDTH - MARGIN}" y="11" text-anchor="end">×${reach}</text></svg>`;
