// The examples in docs/, run as they stand there, give what stands below them; sizes and links are right.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount, readCounters } from '../support/account.ts';
import { type Block, blocksOf, readDocument, Workbench } from '../support/document.ts';
import { duckdb } from '../support/duckdb.ts';
import { PERF_DATA } from '../support/fixtures.ts';
import { group } from '../support/needs.ts';
import { acceptq, ROOT } from '../support/run.ts';

const DOCUMENTS = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** The block that stands right below another one, where there is nothing but that between them. */
function below(document: string, block: Block, language: string): string | null {
  const end =
    document.indexOf(`\`\`\`${block.language}\n${block.text}\`\`\``) + block.text.length + block.language.length + 7;
  const match = new RegExp(`^\\s*\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(document.slice(end));
  return match === null ? null : match[1];
}

describe.each(DOCUMENTS)('%s', (path) => {
  const document = readDocument(path);
  const blocks = blocksOf(document);
  let bench: Workbench;
  beforeAll(() => {
    bench = new Workbench();
  });
  afterAll(() => bench.remove());

  const commands = blocks.filter(({ language }) => language === 'sh');
  it.each(commands.map((block, k) => [k + 1, block.heading, block] as const))('commands %i, of %s', (_, __, block) => {
    const { status, stdout, stderr } = bench.run(block.text);
    // what is explained is a divergence, and that is exit status 1
    expect([stderr, status]).toEqual(['', block.text.includes('--explain') ? 1 : 0]);
    const output = below(document, block, 'text');
    if (output !== null) expect(stdout.replaceAll('\r\n', '\n')).toBe(output);
  });

  it('links to what is there', () => {
    const headings = [...document.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, target] of document.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#')) expect(headings).toContain(target.slice(1));
      else if (!/^https?:/.test(target))
        expect([target, existsSync(join(ROOT, dirname(path), target))]).toEqual([target, true]);
    }
  });
});

describe('docs/exports.md', () => {
  const document = readDocument('docs/exports.md');
  const blocks = blocksOf(document);
  let bench: Workbench;
  beforeAll(() => {
    bench = new Workbench();
    for (const { language, text } of blocks) if (language === 'sh') bench.run(text);
  });
  afterAll(() => bench.remove());
  const outputs = blocks.filter(({ language }) => language === 'text' || language === 'csv').map(({ text }) => text);

  it('has a DuckDB query for the lake that gives what stands below it', async () => {
    const [block, ...others] = blocks.filter(({ language }) => language === 'sql');
    expect(others).toEqual([]);
    let csv = '';
    for (const query of block.text.split(';').filter((text) => text.trim() !== '')) {
      const rows = await duckdb(query.replace("'lake/", `'${join(bench.directory, 'lake')}/`));
      csv += `${Object.keys(rows[0]).join(',')}\n${rows.map((row) => `${Object.values(row).join(',')}\n`).join('')}`;
    }
    expect(csv).toBe(below(document, block, 'csv'));
  });

  group('with python', ['python'], () => {
    it.each(blocks.filter(({ language }) => language === 'python'))('runs in $heading', (block) => {
      const { stdout, stderr, status } = bench.run(block.text, 'python3');
      expect([stderr, status, stdout]).toEqual(['', 0, below(document, block, 'text')]);
    });
  });

  it('shows what the kernel counted', () => {
    const [life] = readAccount(join(PERF_DATA, 'node-clamped')).lives;
    const refused = readCounters(join(PERF_DATA, 'node-clamped')).get('ListenOverflows');
    const longest = Math.max(...life.queued.map(({ ackBacklog }) => ackBacklog));
    const all = outputs.join('');
    expect(all).toContain(`waits.csv, ${life.accepted.length} rows`);
    expect(all).toContain(`overflows.csv, ${refused} rows`);
    expect(all).toContain(`evidence="client"} ${refused}`);
    expect(all).toContain(`127.0.0.1:8080 ${longest}\n`);
    const waits = life.accepted.map(({ at }, k) => Number(at - life.queued[k].at) / 1e6);
    expect(all).toContain(`${waits.length} waits, longest ${Math.max(...waits).toFixed(0)} ms`);
    expect(all).toContain(`, ${waits.filter((wait) => wait > 100).length} beyond 100 ms`);
  });

  it('tells sizes within a tenth', () => {
    const sizeOf = (path: string): number =>
      statSync(path).isFile()
        ? statSync(path).size
        : readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
    bench.run('acceptq export perf.data --to markdown --out ticket.md');
    const FILES = {
      html: 'report.html',
      markdown: 'ticket.md',
      json: 'report.json',
      csv: 'tables',
      parquet: 'lake',
      db: 'host.db',
      perfetto: 'trace.pftrace',
      openmetrics: 'acceptq.prom',
      workload: 'load.json',
    };
    for (const [name, file] of Object.entries(FILES)) {
      const [, size, unit] = new RegExp(`\`-*${name}\`\\].*?\\| ([\\d.]+) (kB|MB) \\|`).exec(
        document,
      ) as RegExpExecArray;
      const told = Number(size) * (unit === 'kB' ? 1e3 : 1e6);
      const is = sizeOf(join(bench.directory, file));
      expect([name, is, Math.abs(told - is) < is * 0.1]).toEqual([name, is, true]);
    }
  });

  it('is right that readers of the older text take the metrics as they are', () => {
    expect(document).toContain("which read Prometheus' older text, take it as it is");
    const types = readFileSync(join(bench.directory, 'acceptq.prom'), 'utf8').match(/^# TYPE .*$/gm) ?? [];
    expect(types.length).toBeGreaterThan(5);
    // those of Prometheus' text format 0.0.4
    for (const line of types) expect(line).toMatch(/ (counter|gauge|summary|histogram|untyped)$/);
  });
});

describe('docs/tutorial.md', () => {
  const document = readDocument('docs/tutorial.md');
  const outputs = blocksOf(document).filter(({ language }) => language === 'text');
  const counter = (side: string, name: string): number =>
    Number(
      new RegExp(`^${name} (\\d+)$`, 'm').exec(
        readFileSync(join(ROOT, `test/fixture/documents/${side}.counters.txt`), 'utf8'),
      )?.[1],
    );

  it('shows the counter of that recording, and figures that the kernel agrees with', () => {
    const overflows = counter('before', 'ListenOverflows');
    expect(document).toContain(`no more than ${overflows} are possible`);
    expect(outputs[0].text).toMatch(new RegExp(`^TcpExtListenOverflows +${overflows} `, 'm'));
    const [, least] = /DROPPED ≥(\d+)/.exec(document) as RegExpExecArray;
    expect(Number(least)).toBeLessThanOrEqual(overflows);
    const comparison = (outputs.find(({ text }) => text.includes('MORE THAN NOISE')) as Block).text;
    const [, before, after] = /^SYN retransmissions +≥?(\d+) +(\d+) /m.exec(comparison) as RegExpExecArray;
    expect([Number(before), Number(after)]).toEqual(['before', 'after'].map((side) => counter(side, 'TCPSynRetrans')));
    expect(counter('after', 'ListenOverflows')).toBe(0);
    expect(comparison).toMatch(/^overflows +≥\d+ +0 .*yes, less/m);
  });

  it('says what the replay came to, and what came of it', () => {
    const replay = (outputs.find(({ text }) => text.includes('← smallest')) as Block).text;
    const [, smallest, overflows, depth] = /^ +(\d+) .* +(\d+) +\d+ +(\d+) +\S+ ms .*← smallest$/m.exec(
      replay,
    ) as RegExpExecArray;
    expect(document).toContain(`${smallest} is the smallest that refuses nobody`);
    expect(Number(overflows)).toBe(0);
    const recorded = JSON.parse(
      acceptq(['analyze', join(ROOT, 'test/fixture/documents/after.json.xz'), '--json']).stdout,
    );
    expect(Math.abs(recorded.listeners[0].depth.max - Number(depth))).toBeLessThanOrEqual(6);
    expect(document).toContain(`The queue got ${recorded.listeners[0].depth.max} long`);
  });
});

describe('docs/compare.md', () => {
  const document = readDocument('docs/compare.md');
  const [yaml] = blocksOf(document).filter(({ language }) => language === 'yaml');

  it('has steps for CI whose comparisons run: the first passes, the gate fails, both leave their summary', () => {
    const bench = new Workbench();
    try {
      const scripts = [...yaml.text.matchAll(/run: \|\n((?: {10}.*\n)+)/g)].map(([, text]) => text);
      const steps = scripts.filter((text) => text.includes('acceptq compare'));
      expect(steps).toHaveLength(2);
      bench.run('cp before.data base.txt && cp before.data base-again.txt && cp after.data branch.txt');
      const env = { GITHUB_STEP_SUMMARY: join(bench.directory, 'summary.md') };
      expect(steps.map((step) => bench.run(step, 'sh', env).status)).toEqual([0, 1]);
      const summary = readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8');
      expect(summary).toContain('**failed: overflows&gt;0 at 127.0.0.1:8080**');
      expect(summary.match(/^### Made from$/gm)).toHaveLength(2);
      expect(readFileSync(join(bench.directory, 'compare.html'), 'utf8')).toContain('Gate failed');
      // what records is what probe prints
      const [probe] = /acceptq probe ftrace [^|]*/.exec(yaml.text) as RegExpExecArray;
      expect(bench.run(probe).stdout).toContain('trace.txt');
    } finally {
      bench.remove();
    }
  });
});
