// Instants in groups: of about equally many, and never across a silence, so that a burst is not blurred into what follows it.

/**
 * Where groups begin, as indices of `at` (ascending, ns). As many groups as instants where those are `most` or fewer; otherwise no more than
 * `most` and a half as many. A silence is two of `most` equal parts of `span` ns.
 */
export function groupStarts(at: ArrayLike<number>, most: number, span: number): number[] {
  const quota = Math.max(1, Math.ceil(at.length / most));
  const silence = silenceOf(most, span);
  const starts: number[] = [];
  for (let k = 0; k < at.length; k++) {
    const first = starts[starts.length - 1];
    if (first === undefined || k - first >= quota || at[k] - at[k - 1] > silence) starts.push(k);
  }
  return starts;
}

const silenceOf = (most: number, span: number): number => (2 * span) / most;

/**
 * The same for what holds from one instant to the next: the instant before a silence is a group of its own, so that the silence is what that
 * one left behind, not what was before. `to`: until when the last holds. No more than twice `most`.
 */
export function heldStarts(at: ArrayLike<number>, most: number, span: number, to: number): number[] {
  const starts = groupStarts(at, most, span);
  return starts.flatMap((first, k) => {
    const end = starts[k + 1] ?? at.length;
    const held = (end < at.length ? at[end] : to) - at[end - 1];
    return end - first > 1 && held > silenceOf(most, span) ? [first, end - 1] : [first];
  });
}

/** From the first instant to the last. */
export const spanOf = (at: ArrayLike<number>): number => (at.length === 0 ? 0 : at[at.length - 1] - at[0]);
