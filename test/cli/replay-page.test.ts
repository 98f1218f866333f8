// replay --html: the numbers of the curve are those of --json for the same options, and the report around it is that of the capture.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatNs } from '../../core/report/units.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { seenText } from '../support/page-text.ts';
import { acceptq } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-replay-page-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string): string => join(directory, name);

interface Scenario {
  readonly capacity: number;
  readonly overflows: number;
  readonly wait_ns: { readonly p99: number | null };
  readonly settings: { readonly backlog: number; readonly acceptors: number | null };
}
interface Replayed {
  readonly baseline: Scenario;
  readonly scenarios: readonly Scenario[];
  readonly fit: readonly { readonly figure: string; readonly recorded: number; readonly replayed: number }[];
  readonly recommendation: { readonly settings: Scenario['settings'] } | null;
}

/** The page, and what --json says for the same options. */
function both(name: string, ...args: string[]): { page: string; section: string; json: Replayed } {
  const command = ['replay', perfDataOf(name), '--resamples', '0', ...args];
  const shown = acceptq([...command, '--html', at('a.html'), '--json']);
  expect([shown.status, shown.stderr]).toEqual([0, '']);
  // the page changes nothing of what is printed
  expect(acceptq([...command, '--json']).stdout).toBe(shown.stdout);
  const page = readFileSync(at('a.html'), 'utf8');
  const from = page.indexOf('<section id="what-if"');
  expect(from).toBeGreaterThan(0);
  return { page, section: page.slice(from, page.indexOf('</section>', from)), json: JSON.parse(shown.stdout) };
}

/** Rows of each table of backlogs: backlog, overflows, wait. */
const tables = (section: string): string[][][] =>
  [...section.matchAll(/aria-label="Table of backlogs">(.*?)<\/table>/gs)].map(([, table]) =>
    [...table.matchAll(/<tr>(<th scope="row".*?)<\/tr>/gs)].map(([, row]) =>
      [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell]) => seenText(cell)),
    ),
  );
const cells = ({ settings, overflows, wait_ns: wait }: Scenario): string[] => [
  String(settings.backlog),
  String(overflows),
  wait.p99 === null ? '–' : formatNs(wait.p99),
];

describe('the curve', () => {
  it('has the numbers of --json where nothing was asked for, up to where a longer queue changes nothing', () => {
    const { section, json } = both('node-clamped');
    const [rows, ...others] = tables(section);
    expect(others).toEqual([]);
    expect(rows.map((row) => row.slice(0, 3))).toEqual(json.scenarios.slice(0, rows.length).map(cells));
    const last = json.scenarios[rows.length - 1];
    for (const rest of json.scenarios.slice(rows.length))
      expect([rest.overflows, rest.wait_ns.p99]).toEqual([last.overflows, last.wait_ns.p99]);
    // sixty clients at once: what was in force, and the first length that holds them
    expect(rows.find((row) => row[3] === 'as captured')?.[0]).toBe('16');
    expect(rows.find((row) => row[3] === 'smallest that meets the target')?.[0]).toBe('64');
    expect(json.recommendation?.settings.backlog).toBe(64);
    expect(section).toContain('captured 16</text>');
    expect(section).toContain('recommended 64</text>');
    expect(seenText(section)).toContain('43 overflows where the capture has 43');
  });

  it('has a curve for each number of acceptors, that of the recommendation first', () => {
    const { section, json } = both('acceptload-overflow', '--backlog', '4..64', '--acceptors', '1,2');
    const found = tables(section);
    expect(found).toHaveLength(2);
    for (const [k, acceptors] of [1, 2].entries()) {
      const own = json.scenarios.filter(({ settings }) => settings.acceptors === acceptors);
      expect(found[k].map((row) => row.slice(0, 3))).toEqual(own.slice(0, found[k].length).map(cells));
    }
    expect(seenText(section)).toMatch(/With 1 acceptor .* With 2 acceptors/);
  });

  it('draws each point at its height, below the captured one where there are fewer overflows', () => {
    const { section, json } = both('node-clamped', '--backlog', '16,32,64', '--set-somaxconn', '4096');
    const [counts, waits] = [...section.matchAll(/<svg.*?<\/svg>/gs)].map(([svg]) => svg);
    const heights = (svg: string): number[] =>
      [...svg.matchAll(/<circle cx="[^"]*" cy="([^"]*)"/g)].map(([, y]) => Number(y));
    const line = (svg: string, value: string): number =>
      Number(new RegExp(`y1="([^"]*)" y2="[^"]*"/><text[^>]*>${value}</text>`).exec(svg)?.[1]);
    const [zero, sixty] = [line(counts, '0'), line(counts, '60')];
    json.scenarios.forEach(({ overflows }, k) => {
      expect(Math.abs(zero - (overflows / 60) * (zero - sixty) - heights(counts)[k])).toBeLessThan(0.2);
    });
    const [none, most] = [line(waits, '0'), line(waits, '400 ms')];
    json.scenarios.forEach(({ wait_ns: wait }, k) => {
      expect(Math.abs(none - ((wait.p99 ?? 0) / 400e6) * (none - most) - heights(waits)[k])).toBeLessThan(0.2);
    });
    expect(seenText(section)).toContain('With net.core.somaxconn = 4096');
  });

  it('says where somaxconn clamps what was asked for', () => {
    const { section } = both('node-clamped', '--backlog', '16..64');
    const [rows] = tables(section);
    expect(rows.map((row) => [row[0], row[1]])).toEqual([
      ['16', '43'],
      ['32', '43'],
    ]);
    expect(rows[1][3]).toContain('clamped: the queue holds 17');
    expect(seenText(section)).toContain('None of these backlogs meets overflows=0');
  });
});

it('stands in the report of the capture, with how well the replay fits it and what it leaves out', () => {
  const { page, section, json } = both('node-clamped');
  expect(acceptq(['analyze', perfDataOf('node-clamped'), '--html', at('report.html')]).status).toBe(0);
  const report = readFileSync(at('report.html'), 'utf8');
  const without = page.replace(section, '').replace('</section>\n', '').replace('<a href="#what-if">What if</a> ', '');
  const part = (html: string, id: string): string => html.slice(html.indexOf(`id="${id}"`)).split('</section>')[0];
  for (const id of ['findings', 'listeners', 'charts', 'captures']) expect(part(without, id)).toBe(part(report, id));
  const text = seenText(section);
  for (const { figure, recorded, replayed } of json.fit) {
    const said = (value: number): string => (figure.startsWith('wait') ? formatNs(value) : value.toLocaleString('en'));
    expect(text).toContain(`${figure.replaceAll('_', ' ')} ${said(recorded)} ${said(replayed)}`);
  }
  expect(text).toContain('Left out: ports, processors and the scheduler');
  expect(text).toContain('net.ipv4.tcp_syncookies = 1');
});

it('is of a capture and of the model; what cannot be is said before the work', () => {
  expect(acceptq(['export', perfDataOf('node-clamped'), '--to', 'workload', '--out', at('load.json')]).status).toBe(0);
  for (const [args, message] of [
    [[at('load.json'), '--html', at('x.html')], 'a workload file has no capture'],
    [[perfDataOf('node-clamped'), '--live', '--html', at('x.html')], '--html shows a replay in the model'],
    [[perfDataOf('node-clamped'), '--html', '-'], '--html takes a file'],
  ] as const) {
    const { status, stderr } = acceptq(['replay', ...args]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});
