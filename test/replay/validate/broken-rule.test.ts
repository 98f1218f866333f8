// A rule broken on purpose in the model: the vectors that kernels confirmed fail, and so does the validation of a sound capture.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

const FIXTURE = fileURLToPath(new URL('../../fixture/', import.meta.url));

afterEach(() => {
  vi.doUnmock('../../../core/kernel/sk-acceptq-is-full.ts');
  vi.doUnmock('../../../core/kernel/sys-listen.ts');
  vi.doUnmock('../../../core/kernel/sk-data-ready.ts');
  vi.doUnmock('../../../core/kernel/inet-csk-reqsk-queue-add.ts');
  vi.resetModules();
});

/** How many vectors the model fails now, and how many divergences a capture has under it. */
async function judge(capture: string): Promise<{ vectors: number; divergences: number }> {
  const { ALL_VECTORS } = await import('../../conformance/all-vectors.ts');
  const { ModelKernel } = await import('../../../replay/model/model-kernel.ts');
  const { kernelProfile } = await import('../../../core/kernel/profile.ts');
  const profile = kernelProfile('6.18.44');
  if (profile === null) throw new Error('6.18 has a profile');
  const model = new ModelKernel({ profile });
  let vectors = 0;
  for (const vector of ALL_VECTORS) {
    try {
      expect(vector.read(model.playOne(vector.program))).toEqual(vector.expected);
    } catch {
      vectors++;
    }
  }
  const { takeAny, withStoreAsync } = await import('../../support/fixtures.ts');
  const { readLog } = await import('../../../core/store/log-reader.ts');
  const { readValidationInput } = await import('../../../core/store/validation-input.ts');
  const { validateCapture } = await import('../../../replay/validate/validate-capture.ts');
  const divergences = await withStoreAsync(async (store) => {
    const id = await takeAny(store, join(FIXTURE, capture));
    const [input] = readValidationInput(store.db, id);
    return validateCapture(input, readLog(store.db, id), null).diverged;
  });
  return { vectors, divergences };
}

describe('the matrix and the validator agree', () => {
  const OVERFLOW = 'bpftrace-cases/overflow.json.xz';

  it('as the rules are', async () => {
    expect(await judge(OVERFLOW)).toEqual({ vectors: 0, divergences: 0 });
  });

  it('a queue that is full one connection too soon', async () => {
    vi.doMock('../../../core/kernel/sk-acceptq-is-full.ts', () => ({
      skAcceptqIsFull: (length: number, limit: number) => length >= limit,
      acceptQueueCapacity: (limit: number) => limit,
    }));
    const { vectors, divergences } = await judge(OVERFLOW);
    expect(vectors).toBeGreaterThan(0);
    expect(divergences).toBeGreaterThan(0);
  });

  it('a backlog that is not clamped to somaxconn', async () => {
    vi.doMock('../../../core/kernel/sys-listen.ts', () => ({
      clampBacklog: (requested: number) => Math.floor((requested >>> 0) / 2),
      defaultSomaxconn: () => 4096,
    }));
    const { vectors, divergences } = await judge(OVERFLOW);
    expect(vectors).toBeGreaterThan(0);
    expect(divergences).toBeGreaterThan(0);
  });

  it('an accept queue that forgets to count', async () => {
    vi.doMock('../../../core/kernel/inet-csk-reqsk-queue-add.ts', async (original) => {
      const kernel = await original<typeof import('../../../core/kernel/inet-csk-reqsk-queue-add.ts')>();
      let calls = 0;
      return {
        ...kernel,
        inetCskReqskQueueAdd: (...args: Parameters<typeof kernel.inetCskReqskQueueAdd>) => {
          kernel.inetCskReqskQueueAdd(...args);
          if (++calls % 3 === 0) args[0].ackBacklog--;
        },
      };
    });
    const { vectors, divergences } = await judge(OVERFLOW);
    expect(vectors).toBeGreaterThan(0);
    expect(divergences).toBeGreaterThan(0);
  });
});
