// The trace events of the model against those of the running kernel, which bpftrace reads while the player plays: every event of the path,
// in order, with sk_ack_backlog and sk_max_ack_backlog of the instant. Run by live.test.ts: events are told apart by their ports alone, so
// that no other player may play at the same time.
import { release } from 'node:os';
import { expect, it } from 'vitest';
import { kernelProfile } from '../../core/kernel/profile.ts';
import type { Program } from '../../replay/kernel.ts';
import { group } from '../support/needs.ts';
import { QUICK_VECTORS, TIMED_VECTORS } from './all-vectors.ts';
import { explainProgram } from './compare.ts';
import { generateProgram } from './generate.ts';
import { needsInt80, withoutInt80 } from './int80.ts';
import { BLOCKS } from './linux-kernel.ts';
import { recordLive } from './live-trace.ts';
import { tracedBy } from './trace-lines.ts';

/** @param hasInt80 whether the kernel runs 32-bit calls: programs with them are left out where it does not. */
export const traceGroup = (hasInt80: () => Promise<boolean>): void =>
  group('the model emits the trace events of the running kernel', ['root', 'bpftrace', 'compiler', 'slow'], () => {
    const profile = kernelProfile(release());

    /** Plays and records programs; each one's events must be the model's. @returns how many were compared. */
    async function compare(programs: readonly (readonly [name: string, program: Program])[]): Promise<number> {
      const { runs, lines } = await recordLive(programs.map(([, program]) => program));
      let compared = 0;
      for (const [at, [name, program]] of programs.entries()) {
        if (profile === null) throw new Error(`no profile for ${release()}`);
        const { model, kernel } = tracedBy(profile, program, at, runs[at], lines);
        expect(model, `${name}\n${explainProgram(program)}`).toEqual(kernel);
        compared += model.length;
      }
      return compared;
    }

    it('in every vector', async () => {
      const all = await hasInt80();
      const vectors = [...QUICK_VECTORS, ...TIMED_VECTORS].filter(({ program }) => all || !needsInt80(program));
      const compared = await compare(vectors.map(({ name, program }) => [name, program] as const));
      expect(compared).toBeGreaterThan(300);
    }, 180_000);

    const seed = Number(process.env.ACCEPTQ_SEED ?? Date.now() % 2 ** 31);
    it(`and in as many random programs as have ports of their own, from seed ${seed}`, async () => {
      const all = await hasInt80();
      const made = (one: number): Program => (all ? generateProgram(one) : withoutInt80(generateProgram(one)));
      const programs = Array.from({ length: BLOCKS }, (_, at) => [`seed ${seed + at}`, made(seed + at)] as const);
      expect(await compare(programs)).toBeGreaterThan(5_000);
    }, 240_000);
  });
