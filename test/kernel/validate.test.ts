// Loads recorded now on this kernel, with acceptq's own program: the model of its release explains all of them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readLog } from '../../core/store/log-reader.ts';
import { readValidationInput } from '../../core/store/validation-input.ts';
import { validateCapture } from '../../replay/validate/validate-capture.ts';
import { takeAny, withStoreAsync } from '../support/fixtures.ts';
import { group } from '../support/needs.ts';

const SCRIPT = fileURLToPath(new URL('../fixture/record/bpftrace-cases.sh', import.meta.url));
/** A busy machine makes bpftrace lose events; the script then refuses the recording. */
const ATTEMPTS = 3;

group('loads on this kernel, validated', ['root', 'bpftrace', 'namespaces', 'compiler', 'slow'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-validate-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(['overflow', 'reuseport', 'dual', 'fin', 'abort', 'cookies', 'somaxconn'])(
    '%s',
    async (name) => {
      for (let attempt = 1; ; attempt++) {
        try {
          execFileSync('bash', [SCRIPT, directory, name], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 90_000 });
          break;
        } catch (error) {
          if (attempt === ATTEMPTS) throw error;
        }
      }
      await withStoreAsync(async (store) => {
        const id = await takeAny(store, join(directory, `${name}.json.xz`));
        const [input] = readValidationInput(store.db, id);
        const result = validateCapture(input, readLog(store.db, id), null);
        expect(result.divergences).toEqual([]);
        expect(result.kernel_from).toBe('capture');
        expect(result.checked).toBeGreaterThan(300);
        expect((result.checked - result.undecidable) / result.checked).toBeGreaterThanOrEqual(0.95);
      });
    },
    300_000,
  );
});
