// The settings of a sweep: `16..4096`, `4,8,511` or one number for each knob, and all their combinations.
import type { Settings } from './settings.ts';

export class GridError extends Error {}

/** A sweep is no larger than this. */
const MOST = 4096;

/** Numbers of a range: doubled from the first to the last for lengths, one by one for counts. */
export function parseRange(text: string, steps: 'doubled' | 'each'): number[] {
  const range = /^(\d{1,10})\.\.(\d{1,10})$/.exec(text);
  if (range !== null) {
    const [low, high] = [Number(range[1]), Number(range[2])];
    if (low > high || high > 0x7fffffff) throw new GridError(`not a range: ${text}`);
    const values: number[] = [];
    for (
      let value = low;
      value < high && values.length < MOST;
      value = steps === 'each' ? value + 1 : Math.max(1, value * 2)
    )
      values.push(value);
    if (values.length === MOST) throw new GridError(`${text} is more than ${MOST} values`);
    return [...values, high];
  }
  const values = text.split(',');
  if (!values.every((value) => /^-?\d{1,10}$/.test(value.trim())))
    throw new GridError(`not a number, list or range: ${text} (as 64, or 16,64,256, or 16..4096)`);
  return values.map(Number);
}

/** Values to try of each knob; a knob that is not named stays. */
export type Knobs = Partial<Record<keyof Settings, readonly (number | string | null)[]>>;

/** All combinations, the last knob changing first. */
export function grid(base: Settings, knobs: Knobs): Settings[] {
  let all: Settings[] = [base];
  for (const [name, values] of Object.entries(knobs)) {
    all = all.flatMap((settings) => (values ?? []).map((value) => ({ ...settings, [name]: value }) as Settings));
    if (all.length > MOST) throw new GridError(`more than ${MOST} combinations`);
  }
  return all;
}
