// Every recording there is, from five kernels, against the model of its own: no divergence, and how much each kind of capture decides.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { kernelProfile } from '../../../core/kernel/profile.ts';
import { readLog } from '../../../core/store/log-reader.ts';
import { readValidationInput } from '../../../core/store/validation-input.ts';
import { type CaptureValidation, validateCapture } from '../../../replay/validate/validate-capture.ts';
import { takeAny, withStoreAsync } from '../../support/fixtures.ts';

const FIXTURE = fileURLToPath(new URL('../../fixture/', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../docs/validate.md', import.meta.url));

const named = (directory: string, pattern: RegExp): string[] =>
  readdirSync(join(FIXTURE, directory), { recursive: true })
    .map(String)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(directory, name));

/** Kinds of capture as docs/validate.md has them. Those without the events of a load in them have nothing to decide. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'bpftrace, acceptq probe': [
    ...named('bpftrace-cases', /\.xz$/),
    ...named('guests', /bpftrace\.json\.xz$/),
    'one-load/bpftrace.json.xz',
  ],
  'perf.data, all of acceptq probe': named('perf-data', /perf\.data$/).filter(
    (name) => !/lost|nginx-running|per-task/.test(name),
  ),
  'perf.data, the server was there before': ['perf-data/nginx-running/perf.data'],
  'perf.data of single tasks': [
    ...named('perf-data', /per-task.*perf\.data$/),
    ...named('perf-data-forms', /(callgraph|mono|pipe|zstd|overwrite)[^/]*\.data$/),
  ],
  'perf.data with lost events': ['perf-data/lost/perf.data'],
  'trace.dat': named('trace-dat', /(large-pages|switch|v6|v7-none|v7-zstd|tasks|linux-5.10)\.dat$/),
  'tracefs text': [
    ...named('text/tracefs', /(default|clock|latency|tgid)[^/]*\.txt$/),
    ...named('guests', /trace\.txt\.xz$/),
    'one-load/trace.txt.gz',
  ],
  'perf script text': named('text/perf-script', /(default|header|ns)\.txt$/),
  strace: named('text/strace', /\.txt$/),
};

/** The release of a guest's capture that does not name its own. */
const releaseOf = (path: string): string | null => /guests\/([\d.]+)\//.exec(path)?.[1] ?? null;

const validate = (path: string): Promise<CaptureValidation> =>
  withStoreAsync(async (store) => {
    const id = await takeAny(store, join(FIXTURE, path));
    const [input] = readValidationInput(store.db, id);
    const release = input.kernel === null ? releaseOf(path) : null;
    return validateCapture(input, readLog(store.db, id), release === null ? null : kernelProfile(release));
  });

describe.each(Object.entries(KINDS))('%s', (kind, paths) => {
  const decided: number[] = [];
  it.each(paths)('%s', async (path) => {
    const { checked, undecidable, divergences } = await validate(path);
    expect(divergences).toEqual([]);
    if (checked > 0) decided.push((100 * (checked - undecidable)) / checked);
    // a program that tries every error on descriptors of which nothing is recorded is no load
    if (kind === 'bpftrace, acceptq probe' && !path.includes('listen-errors'))
      expect((checked - undecidable) / checked).toBeGreaterThanOrEqual(0.95);
  });

  it('docs/validate.md says how much', () => {
    const [least, most] = [Math.min(...decided), Math.max(...decided)].map((share) => Math.floor(share));
    const range = least === most ? `${least} %` : `${least} to ${most} %`;
    expect(readFileSync(DOCS, 'utf8'), `docs/validate.md says what ${kind} decides`).toContain(
      `| ${kind} | ${range} |`,
    );
  });
});
