// The forms of a comparison beside the terminal's: the page and the Markdown hold what --json holds, and names do no harm in them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marked } from 'marked';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../core/compare/model.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { madeCapture } from '../support/made-capture.ts';
import { seenText } from '../support/page-text.ts';
import { acceptq } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-compare-forms-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string): string => join(directory, name);

const sides = [perfDataOf('nginx-ab'), perfDataOf('nginx-small-backlog')];
const GATE = ['--fail-on', 'overflows>0,wait_p99>+20%,depth_max>99'];

/** `37.6 µs`, `−622 µs`, `1.8 s` as nanoseconds; plain numbers as they are. */
function number(text: string): number {
  const [, sign, digits, unit] = /^([+−≥~]?)([\d,.]+) ?(ns|µs|ms|s)?$/.exec(text.trim()) as RegExpExecArray;
  const scale = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 }[unit] ?? 1;
  return (sign === '−' ? -1 : 1) * Number(digits.replaceAll(',', '')) * scale;
}
/** A number that is printed has three digits. */
const near = (printed: string, is: number): void =>
  expect([printed, Math.abs(number(printed) - is) <= Math.abs(is) * 0.005 + 1e-9]).toEqual([printed, true]);

let page: string;
let json: Comparison;
beforeAll(() => {
  const { status, stdout } = acceptq(['compare', ...sides, ...GATE, '--html', at('a.html'), '--json']);
  expect(status).toBe(1);
  json = JSON.parse(stdout) as Comparison;
  page = readFileSync(at('a.html'), 'utf8');
});

/** The cells of the table rows that follow a heading, up to the next heading. */
function rows(heading: string, of = page): string[][] {
  const from = of.indexOf(`>${heading}</h`);
  expect([heading, from > 0]).toEqual([heading, true]);
  const body = of.slice(from).split(/<h[23]/)[0];
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)]
    .map(([, row]) => [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell]) => seenText(cell)))
    .slice(1);
}

describe('the page', () => {
  it('has each figure of --json, and each interval', () => {
    const [place] = json.places;
    const waits = rows('Waits in the accept queue');
    expect(waits).toHaveLength(4);
    place.waits.forEach(({ before, after, difference }, k) => {
      const [, interval, , was, is] = waits[k];
      near(was, before as number);
      near(is, after as number);
      const [low, high] = interval.split(' to ');
      near(low, difference?.low as number);
      near(high, difference?.high as number);
    });
    const counts = rows('Counts');
    expect(counts.map(([name]) => name)).toEqual(['overflows', 'SYN retransmissions', 'enqueued', 'accepted']);
    place.counts.forEach((count, k) => {
      const [, , was, is, , before, after] = counts[k];
      expect([number(was), number(is)]).toEqual([count.before, count.after]);
      const [, per, low, high] = /^(\S+) \((\S+) to (\S+)\)$/.exec(after) as RegExpExecArray;
      near(per, count.after_per_second as number);
      near(low, count.after_interval?.low as number);
      near(high, count.after_interval?.high as number);
      near(before.split(' ')[0], count.before_per_second as number);
    });
    const single = rows('One number a side');
    for (const [k, { after }] of place.figures.entries()) near(single[k][2], after as number);
    expect(rows('Settings that changed')).toEqual(
      place.settings.map(({ what, before, after }) => [what, String(before), String(after)]),
    );
  });

  it('draws each interval on its side of zero', () => {
    const drawn = [
      ...page.matchAll(
        /<svg class="interval (\w+)"[^>]*aria-label="([^"]*)".*?<rect x="([\d.]+)"[^>]* width="([\d.]+)"/g,
      ),
    ];
    expect(drawn).toHaveLength(4);
    json.places[0].waits.forEach(({ change, difference }, k) => {
      const [, kind, label, x, width] = drawn[k];
      const zero = 110; // the middle of its 220
      const end = Number(x) + Number(width);
      expect([kind, label.startsWith('Difference ')]).toEqual([change, true]);
      const { low, high } = difference as { low: number; high: number };
      expect([Math.sign(Number(x) - zero), Math.sign(end - zero)]).toEqual([Math.sign(low), Math.sign(high)]);
    });
  });

  it('says at the top whether it is worse, in what, and what the gate says', () => {
    const top = seenText(page.slice(page.indexOf('<h1'), page.indexOf('id="gate"')));
    expect(top).toMatch(/^After is worse at 127\.0\.0\.1:8080: wait p90 up\. Gate failed 2 of 3 checks/);
    expect(top).toContain('overflows 0 → ≥117 (new): on one side only');
    expect(top).toContain('enqueued 421 → 103');
    const gate = rows('Gate');
    expect(gate.map(([outcome, condition]) => [outcome, condition])).toEqual([
      ['failed', 'overflows>0'],
      ['failed', 'wait_p99>+20%'],
      ['passed', 'depth_max>99'],
    ]);
    near(gate[1][5], json.gate[1].threshold as number);
    expect(gate[0].slice(3)).toEqual(['0', '117', '0']);
  });

  it('rests on both recordings, by path, hash, kernel, length and gaps', () => {
    const below = seenText(page.slice(page.indexOf('id="sides"')));
    for (const { path, sha256, kernel } of [...json.before.captures, ...json.after.captures])
      for (const fact of [path, sha256, kernel]) expect(below).toContain(fact);
    expect(below.match(/Length (428 ms|2\.42 s) Lost none reported/g)).toHaveLength(2);
  });

  it('has no script and asks for nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=|https?:/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, href]) => href.startsWith('#'))).toBe(true);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });
});

describe('hostile names', () => {
  const arrivals = Array.from({ length: 60 }, (_, k) => 1e6 + k * 1000);
  const EVIL = ['<script>x()</script>', '"><b a=\'', '[a](//b)@c'];
  const write = (name: string, comm: string, service: number): void => {
    const { text } = madeCapture({ backlog: 4, arrivals, service: [service], wake: 10_000 });
    writeFileSync(at(name), text.replaceAll(/ server\\n"/g, `${JSON.stringify(` ${comm}\n`).slice(1, -1)}"`));
  };

  it.each(EVIL)('%s is read as itself, in a path and as a task', (evil) => {
    write('before.json', 'server', 2e6);
    const name = `x${evil.replaceAll('/', '_')}.json`;
    write(name, evil, 2e6);
    const args = ['compare', at('before.json'), at(name), '--html', at('evil.html'), '--markdown', at('evil.md')];
    expect(acceptq(args).status).toBe(0);
    const made = readFileSync(at('evil.html'), 'utf8');
    expect(made).not.toMatch(/<script|<b\b/);
    expect(seenText(made)).toContain(`acceptor names server ${evil.slice(0, 15)}`);
    expect(seenText(made)).toContain(name);
    const markdown = marked.parse(readFileSync(at('evil.md'), 'utf8'), { async: false, gfm: true });
    expect(markdown).not.toMatch(/<script|<b\b|<a\b/);
    expect(seenText(markdown).replaceAll('\u200b', '')).toContain(name);
  });
});

describe('Markdown', () => {
  it('holds the figures of --json in a table, the gate and the provenance', () => {
    const { status, stdout } = acceptq(['compare', ...sides, ...GATE, '--markdown', '-']);
    expect(status).toBe(1);
    const text = marked.parse(stdout, { async: false, gfm: true });
    expect(seenText(text)).toMatch(/^After is worse at 127\.0\.0\.1:8080: wait p90 up\. Gate failed: overflows>0/);
    const cells = [...text.matchAll(/<tr>(.*?)<\/tr>/gs)]
      .map(([, row]) => [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => seenText(cell)))
      .slice(1);
    const [{ counts, waits, figures }] = json.places;
    expect(cells).toHaveLength(12);
    [...counts, ...waits, ...figures].forEach(({ before, after }, k) => {
      near(cells[k][1], before as number);
      near(cells[k][2], after as number);
    });
    for (const { sha256 } of [...json.before.captures, ...json.after.captures]) expect(stdout).toContain(sha256);
  });

  it('goes to a file beside the text, or alone to standard output, but not with --json', () => {
    const beside = acceptq(['compare', ...sides, '--markdown', at('b.md')]);
    expect(beside.status).toBe(0);
    expect(beside.stdout).toMatch(/^127\.0\.0\.1:8080: /);
    expect(acceptq(['compare', ...sides, '--markdown', '-']).stdout).toBe(readFileSync(at('b.md'), 'utf8'));
    for (const wrong of [
      ['--markdown', '-', '--json'],
      ['--html', '-'],
      ['--html', join(directory, 'no', 'such.html')],
    ])
      expect(acceptq(['compare', ...sides, ...wrong])).toMatchObject({ status: 2, stdout: '' });
  });
});

it('fails, and says so on the page, where no listener is on both sides', () => {
  const [before] = sides;
  const args = ['compare', before, perfDataOf('listen-errors'), '--fail-on', 'overflows>0', '--html', at('none.html')];
  const { status, stdout } = acceptq([...args, '--json']);
  const { places, gone, appeared } = JSON.parse(stdout) as Comparison;
  expect([status, places]).toEqual([1, []]);
  expect(gone.length * appeared.length).toBeGreaterThan(0);
  const text = seenText(readFileSync(at('none.html'), 'utf8').replace(/<style>.*?<\/style>/s, ''));
  expect(text).toContain('No listener is on both sides: nothing could be compared.');
  expect(text).toContain('Gate failed');
  for (const name of [...gone, ...appeared]) expect(text).toContain(name);
});
