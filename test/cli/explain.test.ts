// acceptq explain: a page for each finding that the report can have, and none for others.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCost } from '../../core/report/finding/cost.ts';
import type { Finding } from '../../core/report/model.ts';
import { acceptq, ROOT } from '../support/run.ts';

const FINDINGS = join(ROOT, 'core/report/finding');

/** Every id in the sources of the findings. */
const ids = [
  ...new Set(
    readdirSync(FINDINGS).flatMap((name) =>
      [...readFileSync(join(FINDINGS, name), 'utf8').matchAll(/\bid: (.*),/g)].flatMap(([, text]) =>
        [...text.matchAll(/'([a-z-]+)'/g)].map(([, id]) => id),
      ),
    ),
  ),
].sort();

describe('acceptq explain', () => {
  it('has a page for each finding', () => {
    expect(ids.length).toBeGreaterThan(20);
    expect(ids).toContain('nobody-accepts');
    const pages = readdirSync(join(ROOT, 'docs/findings')).map((name) => name.replace(/\.md$/, ''));
    expect(pages.sort()).toEqual(ids);
  });

  it('each page says how it is recognised, how sure that is, and what to do', () => {
    for (const id of ids) {
      const page = readFileSync(join(ROOT, 'docs/findings', `${id}.md`), 'utf8');
      expect(page).toMatch(new RegExp(`^# .+\n\n\`${id}\`\n\n\\S`));
      for (const head of ['How it is recognised', 'How sure', 'What to do'])
        expect([id, head, page.includes(`\n## ${head}\n\n`)]).toEqual([id, head, true]);
      for (const [, other] of page.matchAll(/(?:explain |see `|See `)([a-z]+-[a-z-]+)/g)) expect(ids).toContain(other);
    }
  });

  it('lists them, prints one, and knows no other', () => {
    const list = acceptq(['explain']);
    expect(list.status).toBe(0);
    expect(
      list.stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(' ')[0]),
    ).toEqual(ids);
    const one = acceptq(['explain', 'backlog-clamped']);
    expect(one.stdout).toBe(readFileSync(join(ROOT, 'docs/findings/backlog-clamped.md'), 'utf8'));
    expect(JSON.parse(acceptq(['explain', 'syn-flood', '--json']).stdout)).toMatchObject({ id: 'syn-flood' });
    for (const wrong of ['nonsense', '../../README', '\x1b[2J'])
      expect(acceptq(['explain', wrong])).toMatchObject({ status: 2, stdout: '' });
  });

  it('the price of an advice is told where it is one to act on', () => {
    const finding = {
      id: 'backlog-clamped',
      severity: 'warning',
      listener: 1,
      title: '',
      why: '',
      evidence: {},
      advice: '',
    };
    expect(withCost(finding as Finding).price).toMatch(/restart/);
    expect(withCost({ ...finding, severity: 'info' }).price).toBeUndefined();
    expect(withCost({ ...finding, id: 'constructor' } as Finding).price).toBeUndefined();
  });
});
