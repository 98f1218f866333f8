// A key for a pair of endpoints; exact for up to 2^26 endpoints.

export const pairKey = (local: number, remote: number): number => local * 67108864 + remote;
