// Quantiles of a large sample without sorting it: each is selected in place, the higher ones from what is left above the lower.

/** Puts the k-th smallest of sample[from … to] at k, no larger ones before it, no smaller ones behind (Hoare's selection). */
function select(sample: Float64Array, k: number, from: number, to: number): void {
  let low = from;
  let high = to;
  while (low < high) {
    // the middle of three, so that sorted samples are no worst case
    const middle = (low + high) >> 1;
    const a = sample[low];
    const b = sample[middle];
    const c = sample[high];
    const pivot = a < b ? (b < c ? b : Math.max(a, c)) : a < c ? a : Math.max(b, c);
    let i = low;
    let j = high;
    while (i <= j) {
      while (sample[i] < pivot) i++;
      while (sample[j] > pivot) j--;
      if (i > j) break;
      const held = sample[i];
      sample[i++] = sample[j];
      sample[j--] = held;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}

/**
 * Values at ascending quantiles (0..1) by the nearest-rank rule; null for each of an empty sample. Reorders the sample.
 * @param sample without NaN.
 */
export function selectQuantiles(sample: Float64Array, quantiles: readonly number[]): (number | null)[] {
  let from = 0;
  return quantiles.map((q) => {
    if (sample.length === 0) return null;
    const k = Math.min(sample.length - 1, Math.max(0, Math.ceil(q * sample.length) - 1));
    select(sample, k, Math.min(from, k), sample.length - 1);
    from = k;
    return sample[k];
  });
}
