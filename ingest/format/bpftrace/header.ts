// The first line of acceptq's bpftrace program: `aq 1 nsecs wall release host tier`, which relates its clock to the day's.
// Release and host are `-` where the program could not read them, on kernels without BTF.

export interface ProgramHeader {
  readonly nsecs: bigint;
  /** Nanoseconds since the epoch at `nsecs`, as exact as the microseconds printed; null when they are not there. */
  readonly wall: bigint | null;
  /** Null when the program could not tell. */
  readonly release: string | null;
  readonly host: string | null;
  readonly tier: string;
}

const HEADER = /^aq 1 (\d{1,19}) (?:(\d{1,12})\.(\d{6})|\S*) (\S{1,64}) (\S{1,64}) (\w{1,16})\s*$/;

export function readHeader(line: string): ProgramHeader | null {
  const match = HEADER.exec(line.slice(0, 256));
  if (match === null) return null;
  const [, nsecs, seconds, microseconds, release, host, tier] = match;
  const wall = seconds === undefined ? null : BigInt(seconds) * 1_000_000_000n + BigInt(microseconds) * 1000n;
  const told = (word: string): string | null => (word === '-' ? null : word);
  return { nsecs: BigInt(nsecs), wall, release: told(release), host: told(host), tier };
}
