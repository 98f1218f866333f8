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
    return (await this.#run(programs, '')).runs;
  }

  /** Plays while the events are recorded. @returns the text of tracefs too. @param events `system/event`. */
  playTraced(programs: readonly Program[], events: readonly string[]): Promise<{ runs: readonly Run[]; text: string }> {
    const enable = events.map((event) => `echo 1 > /sys/kernel/tracing/events/${event}/enable\n`).join('');
    return this.#run(programs, `echo 65536 > /sys/kernel/tracing/buffer_size_kb\n${enable}`);
  }

  async #run(programs: readonly Program[], before: string): Promise<{ runs: readonly Run[]; text: string }> {
    const directory = mkdtempSync(join(tmpdir(), 'acceptq-guest-'));
    try {
      const player = buildPlayer();
      const input = join(directory, 'programs');
      const script = join(directory, 'script');
      writeFileSync(input, playerInput(programs));
      const play = `./${player.split('/').pop()} -b ${BLOCKS} < programs > /out/outcomes\n`;
      writeFileSync(script, `${before}${play}cat /sys/kernel/tracing/trace > /out/trace\n`);
      const out = join(directory, 'out');
      await run(SCRIPT, [this.#suite, out, script, player, input], { env: { ...process.env, GUEST_TIMEOUT: '900' } });
      this.release = upstreamRelease(
        readFileSync(join(out, 'release'), 'utf8'),
        readFileSync(join(out, 'version'), 'utf8'),
      );
      const runs = parseRuns(readFileSync(join(out, 'outcomes'), 'utf8'), programs.length);
      return { runs, text: readFileSync(join(out, 'trace'), 'utf8') };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

/** `#1 SMP Debian 5.10.223-1 (…)` names the upstream version; `uname -r` says 5.10.0-32 there. */
export function upstreamRelease(release: string, version: string): string {
  return /Debian (\d+\.\d+\.\d+)/.exec(version)?.[1] ?? release.trim();
}
