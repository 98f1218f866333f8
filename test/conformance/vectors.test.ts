// The regression vectors on the model of 6.18; on the running kernel in live.test.ts.
import { describe, expect, it } from 'vitest';
import { kernelProfile } from '../../core/kernel/profile.ts';
import { ModelKernel } from '../../replay/model/model-kernel.ts';
import { ALL_VECTORS } from './all-vectors.ts';

const profile = kernelProfile('6.18.44');
if (profile === null) throw new Error('6.18 has a profile');
const model = new ModelKernel({ profile });

describe('regression vectors in the model of 6.18', () => {
  for (const vector of ALL_VECTORS) {
    it(vector.name, () => {
      expect(vector.read(model.playOne(vector.program))).toEqual(vector.expected);
    });
  }
});
