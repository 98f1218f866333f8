// Every vector, in the order of the matrix: those that a kernel plays at once, and those that take seconds of real time.
import { BIND_MATRIX } from './bind-matrix.ts';
import { ERRNO_VECTORS } from './errno-vectors.ts';
import { RELEASE_VECTORS, SLOW_RELEASE_VECTORS } from './release-vectors.ts';
import { SLOW_VECTORS, VECTORS, type Vector } from './vectors.ts';

export const QUICK_VECTORS: readonly Vector[] = [...VECTORS, ...RELEASE_VECTORS, ...BIND_MATRIX, ...ERRNO_VECTORS];
export const TIMED_VECTORS: readonly Vector[] = [...SLOW_VECTORS, ...SLOW_RELEASE_VECTORS];
export const ALL_VECTORS: readonly Vector[] = [...QUICK_VECTORS, ...TIMED_VECTORS];
