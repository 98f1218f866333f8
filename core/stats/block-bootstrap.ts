// How much the quantiles of a series vary, when neighbours are alike: blocks of it are drawn, not single values.

/** A generator of its own (a counter, its bits mixed): same seed, same numbers, 0..1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/**
 * Quantiles (nearest rank) of series drawn anew from `series` in blocks of √n successive values, round the end: as long as those who wait in
 * one queue at a time have waits in common.
 * @returns for each of `quantiles` its values, one a drawing
 */
export function drawnQuantiles(
  series: Float64Array,
  quantiles: readonly number[],
  drawings: number,
  random: () => number,
): Float64Array[] {
  const { length } = series;
  const sorted = series.slice().sort();
  const order = Uint32Array.from({ length }, (_, k) => k).sort((a, b) => series[a] - series[b] || a - b);
  const rank = new Uint32Array(length);
  for (let k = 0; k < length; k++) rank[order[k]] = k;
  const block = Math.max(1, Math.ceil(Math.sqrt(length)));
  const times = new Uint32Array(length);
  const found = quantiles.map(() => new Float64Array(drawings));
  const wanted = quantiles.map((q) => Math.max(1, Math.ceil(q * length)));
  for (let drawing = 0; drawing < drawings; drawing++) {
    times.fill(0);
    for (let drawn = 0; drawn < length; ) {
      let from = Math.floor(random() * length);
      for (let k = 0; k < block && drawn < length; k++, drawn++) {
        times[rank[from]]++;
        if (++from === length) from = 0;
      }
    }
    // quantiles ascend: one walk finds them all
    for (let k = 0, place = -1, covered = 0; k < wanted.length; k++) {
      while (covered < wanted[k]) covered += times[++place];
      found[k][drawing] = sorted[place];
    }
  }
  return found;
}
