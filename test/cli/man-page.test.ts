// The manual page that the build leaves: every command and option that --help knows, text that stays text, and nothing that man complains of.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { manPage } from '../../cli/man/man-page.ts';
import { group } from '../support/needs.ts';
import { acceptq, ROOT } from '../support/run.ts';

const PATH = join(ROOT, 'dist/man/acceptq.1');
const page = readFileSync(PATH, 'utf8');
/** Without what only roff reads. */
const plain = (text: string): string =>
  text
    .replace(/\\f[BR I]|\\%|\\&/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\(aq', "'")
    .replaceAll('\\(ha', '^');

const commands = [...acceptq(['--help']).stdout.matchAll(/^ {2}(\w+) .*\[options\]/gm)].map(([, name]) => name);

describe('acceptq.1', () => {
  it('has the commands of --help, each in a section of its own', () => {
    expect(commands.length).toBeGreaterThan(15);
    expect([...page.matchAll(/^\.SS "(.*)"$/gm)].map(([, name]) => name)).toEqual(commands);
    expect(plain(page)).toMatch(/^\.SH OPTIONS\n[\s\S]*^-h, --help\n[\s\S]*^-V, --version\n[\s\S]*^\.SH COMMANDS$/m);
    const synopsis = page.slice(page.indexOf('.SH SYNOPSIS'), page.indexOf('.SH DESCRIPTION'));
    for (const name of commands) expect(synopsis).toContain(`\\fB${name}\\fR`);
  });

  it.each(commands)('%s: all that its --help says', (name) => {
    const help = acceptq([name, '--help']).stdout;
    const begin = page.indexOf(`.SS "${name}"`);
    const rest = page.slice(begin + 3);
    const section = plain(rest.slice(0, rest.search(/^\.S[SH] /m)).replace(/\\fI(.*?)\\fR/g, '<$1>'));
    const options = [...help.matchAll(/^ {2}((?:-\w, )?--[\w-]+(?: <\S+>| \[\S+\])?)/gm)]
      .map(([, flags]) => flags)
      .filter((flags) => flags !== '-h, --help');
    expect(options.length).toBeGreaterThan(0);
    const flagsInPage = section.split('\n').map((line) => line.replace(/\[<(.*)>\]/, '[$1]').replace('>...', '...>'));
    for (const flags of options) expect(flagsInPage).toContain(flags);
    // every word of the help, in its order, is in the page
    const words = (text: string): string =>
      text
        .replace(/^\.\w+( \d)?$/gm, '')
        .replace(/\s+/g, ' ')
        .replace(/\(default: "(\w+)"\)/g, 'Default: $1.');
    const after = help.slice(help.indexOf('display help for command') + 'display help for command'.length);
    for (const paragraph of after.split(/\n\s*\n/)) expect(words(section)).toContain(words(paragraph).trim());
  });

  it('keeps text that looks like requests and escapes as text', () => {
    const program = new Command('acceptq').description("first\n.so /etc/passwd \\n[x] 'TH it's");
    program
      .command('run')
      .description('.de x')
      .option('--odd <x>', "'br \\fBx")
      .addHelpText('after', '\nSo:\n  .rm TH\n  a\\b');
    const made = manPage(program, '1"2');
    for (const line of made.split('\n').filter((each) => /^[.']/.test(each)))
      expect(line).toMatch(/^\.(TH|SH|SS|PP|TP|RS|RE|EX|EE|br|ad)\b/);
    expect(made).toContain('\\&.rm TH\na\\eb');
    expect(made).not.toMatch(/\\[n[]|\\fBx/);
  });

  group('read by man', ['man'], () => {
    it('gives no warning, from groff and from mandoc', () => {
      const { status, stderr, stdout } = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', PATH], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80', MANPAGER: 'cat' },
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/acceptq compare before after \[options\]/);
      const lint = spawnSync('mandoc', ['-Tlint', PATH], { encoding: 'utf8' }).stdout;
      // a date would make two builds of one source differ
      expect(lint.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
    });
  });

  it('is the same bytes each time', () => {
    const again = execFileSync(process.execPath, [join(ROOT, 'dist/cli/man/write.js')], { encoding: 'utf8' });
    expect(again).toBe(page);
  });
});
