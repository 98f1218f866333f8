// The report's page in a real browser: drawn, quiet, within reach of the keyboard, harmless.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { group } from '../support/needs.ts';
import {
  ARTEFACTS,
  coloursDrawn,
  isWide,
  keyboardGaps,
  type Looks,
  launch,
  openPage,
  PHONE,
  pixelsOf,
  seriousFaults,
  unfold,
} from './browser.ts';
import { CONNECTIONS } from './large.ts';
import { hostilePage, largePage, pageOf, replayPageOf, whatIfPage } from './pages.ts';

const MEGABYTE = 1_000_000;

const windowOf = (page: Page): Promise<string> => page.locator('#window').innerText();

group('the page in Chromium', ['chromium'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-page-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const LOOKS: readonly (readonly [string, string, Looks])[] = [
    ['node-clamped', 'light', {}],
    ['node-clamped', 'phone', PHONE],
    ['nginx-ab', 'dark', { dark: true }],
    ['reuseport', 'dark-phone', { ...PHONE, dark: true }],
    ['lost', 'light', {}],
    ['listen-errors', 'light', {}],
  ];
  it.each(LOOKS)('%s, %s: everything is drawn, nothing complains, no request leaves', async (name, look, looks) => {
    const { page, complaints } = await openPage(browser, pageOf(directory, name), looks);
    await page.screenshot({ path: join(ARTEFACTS, `${name}-${look}.png`), fullPage: true });
    const drawn = await coloursDrawn(page);
    if (name !== 'listen-errors') expect(Object.keys(drawn).length).toBeGreaterThan(5);
    for (const [chart, colours] of Object.entries(drawn)) expect([chart, colours > 6]).toEqual([chart, true]);
    expect(await isWide(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is below a megabyte for 1.6 million events, and still counts each connection', async () => {
    const path = await largePage(directory);
    expect(statSync(path).size).toBeLessThan(MEGABYTE);
    const { page, complaints } = await openPage(browser, path);
    await page.screenshot({ path: join(ARTEFACTS, 'large.png'), fullPage: true });
    for (const [chart, colours] of Object.entries(await coloursDrawn(page)))
      expect([chart, colours > 6]).toEqual([chart, true]);
    await unfold(page);
    const arrived = await page.evaluate(() => {
      const rows = document.querySelectorAll('.listener figure[data-kind=depth] .numbers tbody tr');
      return [...rows].reduce((sum, row) => sum + Number(row.children[4].textContent?.replaceAll(',', '')), 0);
    });
    expect(Math.abs(arrived - CONNECTIONS)).toBeLessThan(20); // each of twenty rows is rounded
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('zooms all charts together: by dragging, by keys, by buttons, from a finding; and back to the same picture', async () => {
    const { page, complaints } = await openPage(browser, pageOf(directory, 'node-clamped'));
    const kinds = ['depth', 'waits', 'rates', 'lanes', 'handshakes', 'histogram'];
    const pictures = (): Promise<string[]> => Promise.all(kinds.map((kind) => pixelsOf(page, kind)));
    await page.mouse.move(0, 0);
    const before = await pictures();
    const whole = await windowOf(page);
    const canvas = page.locator('details[open] figure[data-kind=depth] canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox()) as { x: number; y: number; width: number };
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
    await page.mouse.up();
    const dragged = await windowOf(page);
    expect(dragged).not.toBe(whole);
    // 0.4 and 0.6 of the canvas, of whose width 58 + 10 pixels are margins; the capture is 660 ms long
    const from = ((box.width * 0.4 - 58) / (box.width - 68)) * 660;
    expect(Math.abs(Number.parseFloat(dragged) - from)).toBeLessThan(5);
    expect((await pictures()).map((picture, k) => picture !== before[k])).toEqual(kinds.map(() => true));
    await page.locator('details[open] figure[data-kind=waits] .plot').focus();
    await page.keyboard.press('0');
    await page.mouse.move(0, 0);
    expect(await windowOf(page)).toBe(whole);
    expect((await pictures()).map((picture, k) => picture === before[k])).toEqual(kinds.map(() => true));
    const seen = [whole];
    for (const key of ['+', 'ArrowLeft', 'ArrowRight', 'End', 'Home', '-']) {
      await page.keyboard.press(key);
      const now = await windowOf(page);
      expect([key, now === seen[seen.length - 1]]).toEqual([key, false]);
      seen.push(now);
    }
    await page.getByRole('button', { name: 'All' }).click();
    expect(await windowOf(page)).toBe(whole);
    await page.getByRole('button', { name: 'Show it on the charts' }).first().click();
    // the overflows of that recording lie between 267 and 268 ms
    const [start, end] = (await windowOf(page)).split(' to ').map((text) => Number.parseFloat(text));
    expect(start).toBeLessThan(267);
    expect(end).toBeGreaterThan(268);
    expect(end - start).toBeLessThan(60);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('has a curve and a table of other backlogs where the report has a replay, and no such section where it has none', async () => {
    const { page, complaints } = await openPage(browser, await whatIfPage(directory, [43, 20, 0]));
    const rows = await page.locator('#what-if tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split(/\s+/).slice(0, 2))).toEqual([
      ['16', '43'],
      ['32', '20'],
      ['64', '0'],
    ]);
    // falls from the left to the axis on the right, in equal steps of a doubled backlog, about
    const [counts] = await page.locator('#what-if svg').all();
    const points = (await counts.locator('polyline').getAttribute('points')) ?? '';
    const [[x0, y0], [x1, y1], [x2, y2]] = points.split(' ').map((point) => point.split(',').map(Number));
    expect(Math.abs((x1 - x0) / (x2 - x0) - 0.5)).toBeLessThan(0.02);
    expect((y1 - y0) / (y2 - y0)).toBeCloseTo(23 / 43, 2);
    expect(await counts.locator('text').allTextContents()).toEqual([
      '0',
      '30',
      '60',
      '16',
      '32',
      '64',
      'overflows',
      'backlog',
    ]);
    expect(complaints).toEqual([]);
    await page.goto(pathToFileURL(pageOf(directory, 'node-clamped')).href);
    expect(await page.locator('#what-if').count()).toBe(0);
    await page.close();
  });

  const REPLAYS: readonly (readonly [name: string, look: string, looks: Looks])[] = [
    ['node-clamped', 'light', {}],
    ['node-clamped', 'phone', PHONE],
    ['acceptload-overflow', 'dark', { dark: true }],
  ];
  it.each(REPLAYS)(
    '%s replayed, %s: curves with what was captured and what is recommended',
    async (name, look, looks) => {
      const path = replayPageOf(
        directory,
        name,
        ...(name === 'node-clamped' ? [] : ['--backlog', '4..64', '--acceptors', '1,2']),
      );
      const { page, complaints } = await openPage(browser, path, looks);
      await page.locator('#what-if').screenshot({ path: join(ARTEFACTS, `what-if-${name}-${look}.png`) });
      await page.screenshot({ path: join(ARTEFACTS, `replay-${name}-${look}.png`), fullPage: true });
      const inside = await page.$$eval('#what-if svg', (all) =>
        all.map((svg) => {
          const box = svg.getBoundingClientRect();
          const parts = [...svg.querySelectorAll('circle, polyline, text, rect')].map((part) =>
            part.getBoundingClientRect(),
          );
          return parts.every(
            ({ left, right, top, bottom }) =>
              left >= box.left - 1 && right <= box.right + 1 && top >= box.top - 1 && bottom <= box.bottom + 1,
          );
        }),
      );
      expect(inside).toEqual(Array(name === 'node-clamped' ? 2 : 4).fill(true));
      // the mark of what is recommended stands where the table says so
      const chosen = await page
        .locator('#what-if tr', { hasText: 'smallest that meets the target' })
        .locator('th')
        .innerText();
      const [counts] = await page.locator('#what-if svg').all();
      const at = await counts.locator('line.recommended').getAttribute('x1');
      const dot = counts.locator(`circle[cx="${at}"] title`);
      expect(await dot.textContent()).toBe(`backlog ${chosen}: 0`);
      expect(await isWide(page)).toBe(false);
      expect(await seriousFaults(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it('shows the events around a finding, one click away', async () => {
    const { page } = await openPage(browser, pageOf(directory, 'node-clamped'));
    await page.locator('#finding-1 .events > summary').click();
    const rows = await page.locator('#finding-1 .events tbody tr').allInnerTexts();
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.every((row) => Math.abs(Number.parseFloat(row) - 0.267) < 0.01)).toBe(true);
    await page.close();
  });

  it('sorts and filters its tables', async () => {
    const { page } = await openPage(browser, pageOf(directory, 'reuseport'));
    const accepted = (): Promise<number[]> =>
      page.$$eval('#t-listeners tbody tr', (rows) => rows.map((row) => Number(row.children[6].textContent)));
    await page.locator('#t-listeners').getByRole('button', { name: 'Accepted' }).click();
    const first = await accepted();
    expect(first).toHaveLength(4);
    expect(first).toEqual([...first].sort((a, b) => b - a));
    await page.locator('#t-listeners').getByRole('button', { name: 'Accepted' }).click();
    expect(await accepted()).toEqual([...first].reverse());
    await page.getByLabel('Filter').fill('no such');
    expect(await page.locator('#t-listeners tbody tr:visible').count()).toBe(0);
    await page.getByLabel('Filter').fill('listener 2');
    expect(await page.locator('#t-listeners tbody tr:visible').count()).toBe(1);
    await page.close();
  });

  it('can be used with the keyboard alone, and shows where one is', async () => {
    const { page } = await openPage(browser, pageOf(directory, 'reuseport'));
    const { stops, missed, unseen } = await keyboardGaps(page);
    expect(stops).toBeGreaterThan(30);
    expect([missed, unseen]).toEqual([0, []]);
    await page.close();
  });

  it.each([
    ['light', {}],
    ['dark', { dark: true }],
  ] as const)('has no serious fault of accessibility, %s', async (_, looks) => {
    const { page } = await openPage(browser, pageOf(directory, 'node-clamped'), looks);
    await unfold(page);
    expect(await seriousFaults(page)).toEqual([]);
    await page.close();
  });

  it.each(['</script><img src=x onerror=alert(1)>', '\x1b[2J\x07\u202e"\'><svg onload=alert(1)>', '<!--<script>'])(
    'is not harmed by names like %j',
    async (evil) => {
      const path = await hostilePage(directory, 'hostile.html', evil);
      const { page, complaints } = await openPage(browser, path);
      await unfold(page);
      expect(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.exec(readFileSync(path, 'utf8'))).toBeNull();
      expect(await page.locator('img, svg, main script').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(2);
      expect(Object.values(await coloursDrawn(page)).every((colours) => colours > 6)).toBe(true);
      // it is there to be read
      const harmless = evil.replace('\x1b', '\\x1b').replace('\x07', '\\x07').replace('\u202e', '\\u202e');
      expect(await page.locator('h1').innerText()).toContain(harmless);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it('changes between light and dark, and prints light without its buttons', async () => {
    const { page } = await openPage(browser, pageOf(directory, 'node-clamped'), { dark: true });
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    const picture = await pixelsOf(page, 'depth');
    await page.getByRole('button', { name: 'Light' }).click();
    expect(await ground()).not.toBe(dark);
    expect(await pixelsOf(page, 'depth')).not.toBe(picture);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.tools').isVisible()).toBe(false);
    expect(await ground()).toBe('rgb(255, 255, 255)');
    await page.close();
  });
});
