// Compares everything that two objects reach, by reflection: values, classes, order, and which references are the same.

const OUTSIDE = new Set(['out', 'options', 'actions']);

/** Where the graphs differ first, as a path of fields; null: nowhere. `emptied` are fields that may be empty in the second. */
export function firstDifference(one: unknown, other: unknown, emptied: ReadonlySet<string>): string | null {
  const partner = new Map<object, object>();
  const taken = new Map<object, object>();
  const open: [unknown, unknown, string][] = [[one, other, '']];
  const compare = (a: unknown, b: unknown, at: string): string | null => {
    if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
      if (typeof a === 'function' || typeof b === 'function') return `${at}: a function is state`;
      return a === b || (Number.isNaN(a) && Number.isNaN(b)) ? null : `${at}: ${String(a)} became ${String(b)}`;
    }
    if (partner.has(a) || taken.has(b))
      return partner.get(a) === b && taken.get(b) === a ? null : `${at}: another object`;
    partner.set(a, b);
    taken.set(b, a);
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${at}: another class`;
    if (a instanceof Map || a instanceof Set) {
      const [mine, its] = [[...a], [...(b as Set<unknown>)]];
      open.push([mine, its, `${at}{}`]);
      return null;
    }
    const keys = Reflect.ownKeys(a);
    const others = Reflect.ownKeys(b);
    if (keys.length !== others.length || keys.some((key, k) => key !== others[k]))
      return `${at}: fields ${keys.map(String)} became ${others.map(String)}`;
    for (const key of keys) {
      const place = `${at}.${String(key)}`;
      const [mine, its] = [a, b].map((thing) => (thing as Record<PropertyKey, unknown>)[key]);
      if (emptied.has(String(key))) {
        if ((its as Map<unknown, unknown>).size !== 0) return `${place}: not empty`;
      } else if (OUTSIDE.has(String(key))) {
        const inside = Object.values(mine as object).some((value) => typeof value === 'object' && value !== null);
        if (key !== 'out' && inside) return `${place}: holds state`;
      } else open.push([mine, its, place]);
    }
    return null;
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const difference = compare(...next);
    if (difference !== null) return difference;
  }
  return null;
}

/** Class and fields of everything that is reached. */
export function shapesOf(root: object): Set<string> {
  const shapes = new Set<string>();
  const seen = new Set<object>();
  const open: unknown[] = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    const inner = next instanceof Map || next instanceof Set ? [...next].flat() : [];
    if (!(next instanceof Map || next instanceof Set || Array.isArray(next) || ArrayBuffer.isView(next))) {
      const fields = Object.keys(next).filter((key) => !OUTSIDE.has(key));
      shapes.add(`${next.constructor.name}: ${fields.join(' ')}`);
      for (const field of fields) inner.push((next as Record<string, unknown>)[field]);
    } else if (Array.isArray(next)) inner.push(...next);
    // what is absent ends the loop
    for (const value of inner) if (value !== undefined) open.push(value);
  }
  return shapes;
}
