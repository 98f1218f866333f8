// A key for a pair of endpoints; exact for up to 2^26 endpoints.

export const pairKey = (local: number, remote: number): number => local * 67108864 + remote;

export const pairOf = (key: number): readonly [local: number, remote: number] => [
  Math.floor(key / 67108864),
  key % 67108864,
];
