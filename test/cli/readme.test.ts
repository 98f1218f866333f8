// The README's first command gives what the README shows.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { acceptq, ROOT } from '../support/run.ts';

const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = [...text.matchAll(/```(sh|text)\n([\s\S]*?)```/g)].map((match) => match[2]);

it('shows the output of its first command, and the tests as its second', () => {
  const match = /^npm ci && npx acceptq (.*)\n$/.exec(blocks[0]);
  expect(match).not.toBeNull();
  const { status, stdout } = acceptq((match as RegExpExecArray)[1].split(' '));
  expect(status).toBe(0);
  expect(blocks[1]).toBe('npm test\n');
  expect(blocks[2]).toBe(stdout);
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

it('names every command that there is', () => {
  const help = acceptq(['--help']).stdout;
  const commands = [...help.matchAll(/^ {2}(\w+) \[options\]/gm)].map((match) => match[1]);
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) expect(text).toMatch(new RegExp(`acceptq [\\w|]*\\b${command}\\b`));
});
