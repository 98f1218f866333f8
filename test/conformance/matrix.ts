// The conformance matrix: rule by kernel, what the model says and what the kernel did, from the results that lie beside it.
import { kernelProfile } from '../../core/kernel/profile.ts';
import { type Kernel, programText, type Run } from '../../replay/kernel.ts';
import { ModelKernel } from '../../replay/model/model-kernel.ts';
import { ALL_VECTORS, QUICK_VECTORS, TIMED_VECTORS } from './all-vectors.ts';
import type { Vector } from './vectors.ts';

export type Values = Readonly<Record<string, number | string>>;

/** What one kernel did: kept as JSON, so that the matrix can be written without booting it again. */
export interface KernelResults {
  readonly release: string;
  readonly vectors: Readonly<Record<string, Values>>;
  readonly random: {
    readonly programs: number;
    readonly steps: number;
    readonly seed: number;
    readonly differences: number;
  };
  /** Trace events of vectors and random programs, compared one by one. */
  readonly trace: { readonly programs: number; readonly events: number; readonly differences: number };
}

/** Releases that no kernel at hand has: the model says what their source says. */
const UNCONFIRMED = ['2.6.24', '2.6.32', '3.13', '4.4', '4.19', '5.4', '5.15', '6.6'] as const;

const readOr = (vector: Vector, run: Run): Values => (run.crashed ? { crashed: 1 } : vector.read(run));

/** Plays every vector; those that take seconds side by side. */
export async function playVectors(kernel: Kernel): Promise<Record<string, Values>> {
  const [runs, ...timed] = await Promise.all([
    kernel.play(QUICK_VECTORS.map(({ program }) => program)),
    ...TIMED_VECTORS.map(({ program }) => kernel.play([program])),
  ]);
  const all = [...runs, ...timed.flat()];
  const done = [...QUICK_VECTORS, ...TIMED_VECTORS].map(
    (vector, at) => [vector.name, readOr(vector, all[at])] as const,
  );
  return Object.fromEntries(done);
}

export function modelValues(release: string, vector: Vector): Values {
  const profile = kernelProfile(release);
  if (profile === null) throw new Error(`no profile for ${release}`);
  return vector.read(new ModelKernel({ profile }).playOne(vector.program));
}

/** Vectors on which a kernel and the model of its release disagree. */
export const disagreements = (results: KernelResults): string[] =>
  ALL_VECTORS.filter((vector) => !same(modelValues(results.release, vector), results.vectors[vector.name] ?? {})).map(
    ({ name }) => name,
  );

function same(a: Values, b: Values): boolean {
  const keys = Object.keys({ ...a, ...b });
  return keys.every((key) => a[key] === b[key]);
}

const show = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key.replace(/^\d+: /, '')} = ${value === '' ? 'none' : value}`)
    .join('; ');

/** A cell: what is the same as on the newest kernel of the table is a tick. */
function cell(vector: Vector, results: KernelResults, reference: Values): string {
  const kernel = results.vectors[vector.name];
  if (kernel === undefined) return 'not played';
  const model = modelValues(results.release, vector);
  if (!same(model, kernel))
    return `**differs**: model ${difference(model, kernel)}, kernel ${difference(kernel, model)}`;
  return same(kernel, reference) ? '✓' : `✓ ${difference(kernel, reference)}`;
}

/** Only what is not the same. */
const difference = (values: Values, other: Values): string =>
  show(Object.fromEntries(Object.entries(values).filter(([key, value]) => other[key] !== value)));

function unconfirmedCell(vector: Vector, reference: Values): string {
  const unlike = UNCONFIRMED.map((release) => [release, modelValues(release, vector)] as const).filter(
    ([, values]) => !same(values, reference),
  );
  return unlike.map(([release, values]) => `${release}: ${difference(values, reference)}`).join('<br>') || 'as 6.18';
}

export function renderMatrix(all: readonly KernelResults[]): string {
  const main = all.find(({ release }) => release.startsWith('6.18.')) ?? all[0];
  const header = [
    'rule',
    '6.18: model and kernel',
    ...all.filter((each) => each !== main).map(({ release }) => release),
    'model only, unconfirmed',
  ];
  const rows = ALL_VECTORS.map((vector) => {
    const reference = main.vectors[vector.name] ?? {};
    const own = same(modelValues(main.release, vector), reference) ? show(reference) : cell(vector, main, {});
    const others = all.filter((each) => each !== main).map((results) => cell(vector, results, reference));
    return [`${vector.name} (${vector.rule})`, own, ...others, unconfirmedCell(vector, reference)];
  });
  return [
    '# Conformance of the kernel model',
    '',
    'Written by `npm run conformance` (on the running kernel; `-- --guests` boots the others). Each row is a program that was played on',
    'the model and on the kernel; ✓ means that both said the same, and what is not as on 6.18 is spelled out. The programs are at the end.',
    '',
    '## Random programs',
    '',
    '| kernel | programs | steps | first seed | differences | trace events compared | of programs | differences |',
    '|---|---|---|---|---|---|---|---|',
    ...all.map(
      ({ release, random, trace }) =>
        `| ${release} | ${random.programs} | ${random.steps} | ${random.seed} | ${random.differences} | ${trace.events} | ${trace.programs} | ${trace.differences} |`,
    ),
    '',
    '## Rules',
    '',
    `| ${header.join(' | ')} |`,
    `|${header.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    '## Programs',
    '',
    ...ALL_VECTORS.flatMap(({ name, program }) => [`### ${name}`, '', '```text', programText(program), '```', '']),
  ].join('\n');
}
