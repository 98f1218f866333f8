// A guest's kernel as a Kernel: the player and the programs go into an emulated machine, its outcomes come back.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Kernel, Program, Run } from '../../replay/kernel.ts';
import { BLOCKS, buildPlayer, playerInput } from './linux-kernel.ts';
import { parseRuns } from './player-output.ts';

/** Debian suites by the kernel that their cloud image has. */
export const GUESTS = { '5.10': 'bullseye', '6.1': 'bookworm', '6.12': 'trixie', '7.2': 'sid' } as const;
export type GuestLine = keyof typeof GUESTS;

const SCRIPT = join(process.cwd(), 'test/kernel/guest.sh');
const run = promisify(execFile);

export class GuestKernel implements Kernel {
  readonly #suite: string;
  /** Upstream version with its point release, known after the first play: Debian's own `uname -r` may hide it. */
  release: string;

  constructor(line: GuestLine) {
    this.#suite = GUESTS[line];
    this.release = line;
  }

  async play(programs: readonly Program[]): Promise<readonly Run[]> {
    const directory = mkdtempSync(join(tmpdir(), 'acceptq-guest-'));
    try {
      const player = buildPlayer();
      const input = join(directory, 'programs');
      const script = join(directory, 'script');
      writeFileSync(input, playerInput(programs));
      writeFileSync(script, `./${player.split('/').pop()} -b ${BLOCKS} < programs > /out/outcomes\n`);
      const out = join(directory, 'out');
      await run(SCRIPT, [this.#suite, out, script, player, input], { env: { ...process.env, GUEST_TIMEOUT: '900' } });
      this.release = upstreamRelease(
        readFileSync(join(out, 'release'), 'utf8'),
        readFileSync(join(out, 'version'), 'utf8'),
      );
      return parseRuns(readFileSync(join(out, 'outcomes'), 'utf8'), programs.length);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

/** `#1 SMP Debian 5.10.223-1 (…)` names the upstream version; `uname -r` says 5.10.0-32 there. */
export function upstreamRelease(release: string, version: string): string {
  return /Debian (\d+\.\d+\.\d+)/.exec(version)?.[1] ?? release.trim();
}
