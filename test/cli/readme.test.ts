// The README's commands, run as they stand there, give what the README says.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readAccount, readCounters } from '../support/account.ts';
import { blocksOf, readDocument, Workbench } from '../support/document.ts';
import { PERF_DATA } from '../support/fixtures.ts';
import { acceptq, ROOT } from '../support/run.ts';

const text = readDocument('README.md');
const blocks = blocksOf(text)
  .filter(({ language }) => language === 'sh' || language === 'text')
  .map((block) => block.text);
const bench = new Workbench();
afterAll(() => bench.remove());

it('shows the output of its first command, and the tests as its second', () => {
  const match = /^npm ci && npx (acceptq .*)\n$/.exec(blocks[0]);
  expect(match).not.toBeNull();
  const { status, stdout } = bench.run((match as RegExpExecArray)[1]);
  expect(status).toBe(0);
  expect(blocks[1]).toBe('npm test\n');
  expect(blocks[2]).toBe(stdout);
});

it('shows who waits at an instant, as acceptq state prints it', () => {
  const at = blocks.findIndex((block) => block.startsWith('acceptq state '));
  const { status, stdout } = bench.run(blocks[at]);
  expect(status).toBe(0);
  expect(blocks[at + 1]).toBe(stdout);
});

it('has an example of the model that does what the README says', () => {
  const example = /```js\n([\s\S]*?)```\s+.*?`({ PassiveOpens.*?})`/.exec(text);
  expect(example).not.toBeNull();
  const [, code, printed] = example as RegExpExecArray;
  const input = code.replace("'acceptq/kernel'", `'${pathToFileURL(join(ROOT, 'dist/core/kernel/index.js'))}'`);
  expect(input).not.toBe(code);
  const output = execFileSync(process.execPath, ['--input-type=module'], { input, encoding: 'utf8' });
  expect(output).toBe(`${printed}\n`);
});

it('has three queries that run, and give what the kernel counted', () => {
  const lines = (blocks.find((block) => block.includes('acceptq sql --db host.db')) as string).trimEnd().split('\n');
  const run = (line: string): string => {
    const { status, stdout, stderr } = bench.run(line);
    expect([line, status, stderr]).toEqual([line, 0, '']);
    return stdout;
  };
  const cells = (text: string): string[][] =>
    text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(/ {2,}/));
  expect(lines).toHaveLength(4);
  run(lines[0]);
  const [waits, lengths, refused] = lines.slice(1).map((line) => cells(run(line)));

  const [life, ...others] = readAccount(join(PERF_DATA, 'node-clamped')).lives;
  expect(others).toEqual([]);
  // first in, first out; both are in order of time
  const waited = life.accepted.map(({ at }, k) => Number(at - life.queued[k].at) / 1e6).sort((a, b) => b - a);
  expect(waits).toHaveLength(5);
  waits.forEach(([address, , ms, comm], k) => {
    expect([address, comm]).toEqual(['127.0.0.1:8080', 'node']);
    expect(Math.abs(Number(ms) - waited[k])).toBeLessThan(0.5); // the account's clock is read up to 90 µs earlier
  });
  const longest = Math.max(...life.queued.map(({ ackBacklog }) => ackBacklog));
  expect(lengths.map((row) => row.slice(0, 2))).toEqual([['127.0.0.1:8080', String(longest)]]);
  const limit = life.limits[life.limits.length - 1];
  const overflows = readCounters(join(PERF_DATA, 'node-clamped')).get('ListenOverflows');
  expect(refused.map((row) => row.slice(0, 4))).toEqual([
    ['127.0.0.1:8080', 'syn', String(limit + 1), String(overflows)],
  ]);
});

it('names every command that there is', () => {
  const help = acceptq(['--help']).stdout;
  const commands = [...help.matchAll(/^ {2}(\w+) \[options\]/gm)].map((match) => match[1]);
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) expect(text).toMatch(new RegExp(`acceptq [\\w|]*\\b${command}\\b`));
});
