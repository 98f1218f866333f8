// A ring's storage at twice its size, its first entry moved to the front.

export function widenedRing<T extends Float64Array | Int32Array>(old: T, head: number): T {
  const wide = new (old.constructor as new (n: number) => T)(old.length * 2);
  wide.set(old.subarray(head));
  wide.set(old.subarray(0, head), old.length - head);
  return wide;
}
