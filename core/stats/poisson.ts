// Counts of things that happen by chance: what rate is behind one, and whether two have the same.

/** ln Γ(x), x > 0: Stirling's series, shifted up to where it is exact to a double. */
function lnGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 12) shift += Math.log(at++);
  const square = 1 / (at * at);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

const TINY = 1e-300;
const EXACT = 1e-14;
const MOST_STEPS = 100_000;

/** Lentz's evaluation of b0 + a1/(b1 + a2/(b2 + …)), whose parts `part(k)` gives. */
function continuedFraction(first: number, part: (k: number) => readonly [a: number, b: number]): number {
  let value = first === 0 ? TINY : first;
  let c = value;
  let d = 0;
  for (let k = 1; k < MOST_STEPS; k++) {
    const [a, b] = part(k);
    d = 1 / (b + a * d || TINY);
    c = b + a / c || TINY;
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) < EXACT) break;
  }
  return value;
}

/** P(a, x): the share of a gamma distribution of shape a below x. */
function gammaBelow(a: number, x: number): number {
  if (x <= 0) return 0;
  const scale = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < MOST_STEPS && term > sum * EXACT; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return scale * sum;
  }
  return 1 - scale / continuedFraction(x + 1 - a, (k) => [-k * (k - a), x + 2 * k + 1 - a]);
}

/** I_x(a, b): the share of a beta distribution below x. */
function betaBelow(x: number, a: number, b: number): number {
  if (a <= 0) return 1;
  if (b <= 0) return 0;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaBelow(1 - x, b, a);
  const scale = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const fraction = continuedFraction(1, (k) => {
    const m = Math.floor(k / 2);
    const factor =
      k % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    return [factor, 1];
  });
  return scale / fraction;
}

/** Where a rising function of x ≥ 0 reaches `share`. */
function solve(share: number, below: (x: number) => number): number {
  let high = 1;
  while (below(high) < share) high *= 2;
  let low = 0;
  for (let k = 0; k < 200 && high - low > 1e-12 * high; k++) {
    const middle = (low + high) / 2;
    if (below(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * What the mean of a Poisson count may be (Garwood's bounds, which hold it at least so often).
 * @param count ≥ 0, also between whole numbers
 * @param confidence 0..1, both sides together
 */
export function poissonBounds(count: number, confidence: number): { readonly low: number; readonly high: number } {
  const tail = (1 - confidence) / 2;
  return {
    low: count <= 0 ? 0 : solve(tail, (mean) => gammaBelow(count, mean)),
    high: solve(1 - tail, (mean) => gammaBelow(count + 1, mean)),
  };
}

/**
 * How likely two counts are that differ at least so much when the rates are equal, from both tails: given their sum, one of them is binomial.
 * @param before, after counts ≥ 0, also between whole numbers
 * @param share of the time that belongs to `after`, 0..1
 */
export function sameRate(before: number, after: number, share: number): number {
  if (before + after <= 0) return 1;
  const atLeast = betaBelow(share, after, before + 1);
  const atMost = betaBelow(1 - share, before, after + 1);
  return Math.min(1, 2 * Math.min(atLeast, atMost));
}

/** Stretches of time that the dispersion is taken over. */
const STRETCHES = 20;

/** Variance over mean of how many instants fall into each of equal stretches of 0..end; 1 for what comes by chance, more for bursts. */
export function dispersion(instants: Float64Array, start: number, end: number): number {
  if (instants.length < 2 || !(end > start)) return 1;
  const counts = new Float64Array(STRETCHES);
  for (const at of instants)
    counts[Math.max(0, Math.min(STRETCHES - 1, Math.floor(((at - start) / (end - start)) * STRETCHES)))]++;
  const mean = instants.length / STRETCHES;
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  return squares / (STRETCHES - 1) / mean;
}
