// Numbers as people read them in findings and tables.

/** A time with three significant digits and a fitting unit. */
export function formatNs(ns: number): string {
  const units: readonly (readonly [number, string])[] = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
  ];
  for (const [size, unit] of units) {
    if (ns < size) continue;
    const value = ns / size;
    return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
  }
  return `${Math.round(ns)} ns`;
}

export const formatPercent = (share: number): string =>
  share > 0 && share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`;

/** `1 connection`, `2 connections`. */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** `127.0.0.1:80`, `[::1]:80`, a path, or what is known instead. */
export function formatEndpoint(address: string | null, port: number | null): string | null {
  if (address === null || port === null) return null;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
