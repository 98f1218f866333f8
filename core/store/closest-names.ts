// Names that somebody may have meant: for "no such table" and "no such column".

/** Fewest insertions, deletions, replacements and swaps of neighbours between two words. */
export function editDistance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, k) => k);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let k = 1; k <= other.length; k++) {
      const same = one[i - 1] === other[k - 1];
      let least = Math.min(last[k] + 1, row[k - 1] + 1, last[k - 1] + (same ? 0 : 1));
      if (i > 1 && k > 1 && one[i - 1] === other[k - 2] && one[i - 2] === other[k - 1])
        least = Math.min(least, before[k - 2] + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[other.length];
}

const MOST = 3;
/** Longer words are no names of ours, and comparing them takes long. */
const LONGEST = 64;

/** Up to three of `names` that are near `word`, nearest first: few letters differ, or one holds the other. Case does not count. */
export function closestNames(word: string, names: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  if (wanted === '' || wanted.length > LONGEST) return [];
  const near: { name: string; distance: number }[] = [];
  for (const name of new Set(names)) {
    const known = name.toLowerCase();
    const distance = editDistance(wanted, known);
    const holds = wanted.length > 2 && (known.includes(wanted) || (known.length > 2 && wanted.includes(known)));
    if (holds || distance <= Math.max(1, Math.floor(Math.max(wanted.length, known.length) / 3)))
      near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, MOST).map(({ name }) => name);
}
