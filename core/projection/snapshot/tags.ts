// The bytes that values of a snapshot begin with.
//
//   0 to 127      that whole number
//   128 to 207    the number last written in the same field, plus (byte - 168)
//   from 208 on   as below; `count` is seven bits a byte, the high bit on all but the last

export const SMALL = 128;
export const NEAR = 168;
export const NEAR_END = 208;

export const Tag = {
  /** A count follows: the number, or the negative of it. */
  above: 208,
  below: 209,
  /** A count follows: how far above or below the number last written in the same field. */
  further: 210,
  back: 211,
  /** Eight bytes follow, an IEEE 754 number with the low byte first. */
  double: 212,
  nan: 213,
  infinity: 214,
  minusInfinity: 215,
  null: 216,
  undefined: 217,
  true: 218,
  false: 219,
  /** A count of bytes follows, and UTF-8. */
  text: 220,
  /** A count follows: which of the things before. */
  known: 221,
  /** A count follows: which shape. The thing's fields come later, as those of all new things, in the order of their first mention. */
  object: 222,
  /** A count follows: how many elements or entries. */
  array: 223,
  map: 224,
  set: 225,
  /** Counts follow: which kind of typed array, how many elements. */
  typed: 226,
} as const;

/** Kinds of typed arrays, by the number that snapshots use. */
export const TYPED = [Float64Array, Int32Array, Uint8Array] as const;

/** Things with fields of their own: a class or '' for plain objects, and the names of the fields. */
export interface Shape {
  readonly name: string;
  readonly fields: readonly string[];
  /** Number of its first field among the fields of all shapes. */
  readonly slot: number;
}

/** Fields that are not those of a shape: elements of arrays, keys and values of maps, elements of sets and typed arrays. */
export const ELEMENT = 0;
export const KEY = 1;
export const VALUE = 2;
export const MEMBER = 3;
export const TYPED_ELEMENT = 4;
export const FIRST_SLOT = 5;
