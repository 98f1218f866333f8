// How many intervals overlap at most, and when.

/** Greatest number of intervals [start, end) open at one instant, and the first such instant. Sorts its arguments. */
export function peakConcurrency(
  starts: Float64Array,
  ends: Float64Array,
): { readonly peak: number; readonly at: number } {
  starts.sort();
  ends.sort();
  let open = 0;
  let peak = 0;
  let at = 0;
  let e = 0;
  for (let s = 0; s < starts.length; s++) {
    while (e < ends.length && ends[e] <= starts[s]) {
      e++;
      open--;
    }
    open++;
    if (open > peak) {
      peak = open;
      at = starts[s];
    }
  }
  return { peak, at };
}
