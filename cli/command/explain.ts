// acceptq explain: what a finding means, how it is recognised, what to do; from the pages in docs/findings.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { escapeText } from '../render/escape.ts';
import { table } from '../render/text.ts';
import { type CommandResult, UsageError } from '../result.ts';

function directory(): URL {
  const beside = new URL('../../docs/findings/', import.meta.url); // in the source tree
  return existsSync(beside) ? beside : new URL('../../../docs/findings/', import.meta.url); // from dist/cli/command
}

const pageOf = (id: string): string => readFileSync(new URL(`${id}.md`, directory()), 'utf8');

const titleOf = (page: string): string => page.slice(2, page.indexOf('\n'));

const ids = (): string[] =>
  readdirSync(directory())
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3))
    .sort();

export function explain(id: string | undefined): CommandResult {
  const known = ids();
  if (id === undefined) {
    const findings = known.map((each) => ({ id: each, title: titleOf(pageOf(each)) }));
    return {
      exit: 0,
      json: { schema: 'acceptq.explain/1', findings },
      *text() {
        yield* table(
          [
            { title: 'FINDING', align: 'left' },
            { title: 'MEANING (acceptq explain FINDING)', align: 'left' },
          ],
          findings.map((finding) => [finding.id, finding.title]),
        );
      },
    };
  }
  if (!known.includes(id))
    throw new UsageError(`no finding is called ${escapeText(id)}; acceptq explain without a name lists them`);
  const page = pageOf(id);
  return {
    exit: 0,
    json: { schema: 'acceptq.explain/1', id, title: titleOf(page), text: page },
    *text() {
      yield page.trimEnd();
    },
  };
}
