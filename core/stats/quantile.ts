// Exact quantiles: of a sorted sample, and of a quantity weighted by how long it had each value.

/** The value at quantile q (0..1) of an ascending sample, by the nearest-rank rule; null for an empty one. */
export function quantile(sorted: Float64Array, q: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))];
}

export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** The smallest value that covers the share q (0..1) of the weight; entries ascending by value. Null without weight. */
export function weightedQuantile(entries: readonly Weighted[], q: number): number | null {
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  if (total <= 0) return null;
  let covered = 0;
  for (const { value, weight } of entries) {
    covered += weight;
    if (covered >= q * total) return value;
  }
  return entries[entries.length - 1].value;
}

export function weightedMean(entries: readonly Weighted[]): number | null {
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  return total <= 0 ? null : entries.reduce((sum, entry) => sum + entry.value * entry.weight, 0) / total;
}
