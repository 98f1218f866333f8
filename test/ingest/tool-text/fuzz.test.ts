// Damaged texts of tools, plain and in JSON: nothing may throw but CaptureError, and every line is used, unused or counted.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CaptureError } from '../../../ingest/format/format.ts';
import { inJson, told } from './tool-lines.ts';

const CASES = Number(process.env.ACCEPTQ_FUZZ_CASES ?? 200);
const FIXTURE = fileURLToPath(new URL('../../fixture/tool-text/', import.meta.url));
const seeds = readdirSync(FIXTURE)
  .filter((name) => name.startsWith('tcp'))
  .map((name) => readFileSync(`${FIXTURE}${name}`, 'latin1'));
seeds.push(
  'Tracing SYN backlog size. Ctrl-C to end.\n@backlog[128]: \n[0]   2 |@@|\n[2K, 4K)  1 |@|\nbacklog_max = 500L\n  0 -> 1  : 961  |**|\n',
  "TIME     PID     IP SADDR:SPORT          > DADDR:DPORT          STATE (FLAGS)\n20:49:06 0       4  10.32.119.56:443     > 10.66.65.252:22912   CLOSE (ACK)\n\tb'tcp_drop+0x1'\n",
);
const BYTES = '\n\n \t:,[](){}"\'=0aA9->|\0\xff';

function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

it('survives', () => {
  const next = chance(7);
  for (let index = 0; index < CASES; index++) {
    const seed = seeds[next(seeds.length)] + seeds[next(seeds.length)];
    const text = next(3) === 0 ? inJson(seed) : seed;
    const bytes = Buffer.from(text, 'latin1');
    for (let k = next(30); k >= 0; k--) bytes[next(bytes.length)] = BYTES.charCodeAt(next(BYTES.length));
    try {
      const { totals, lines } = told(bytes.subarray(0, bytes.length - next(60)));
      expect(totals.rejected + totals.ignored).toBeLessThanOrEqual(totals.records);
      for (const line of lines) expect(line).not.toMatch(/undefined|Infinity/);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
    }
  }
});
