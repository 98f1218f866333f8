// The page of a comparison in a real browser: quiet, readable in every light and width, harmless.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { group } from '../support/needs.ts';
import { ARTEFACTS, isWide, keyboardGaps, type Looks, launch, openPage, PHONE, seriousFaults } from './browser.ts';
import { comparePageOf, hostileComparePage } from './pages.ts';

group('the page of a comparison in Chromium', ['chromium'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-compare-page-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const LOOKS: readonly (readonly [before: string, after: string, look: string, looks: Looks])[] = [
    ['nginx-ab', 'nginx-small-backlog', 'light', {}],
    ['nginx-ab', 'nginx-small-backlog', 'dark', { dark: true }],
    ['nginx-ab', 'nginx-small-backlog', 'phone', PHONE],
    ['node-clamped', 'nginx-ab', 'dark-phone', { ...PHONE, dark: true }],
    ['redis-benchmark', 'redis-benchmark', 'light', {}],
    ['node-clamped', 'listen-errors', 'light', {}],
  ];
  it.each(LOOKS)('%s and %s, %s: readable, without complaint, request or serious fault', async (a, b, look, looks) => {
    const { page, complaints } = await openPage(browser, comparePageOf(directory, a, b), looks);
    await page.screenshot({ path: join(ARTEFACTS, `compare-${a}-${b}-${look}.png`), fullPage: true });
    expect(await isWide(page)).toBe(false);
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws the interval of a longer wait right of zero, in another colour than noise, within its cell on a phone', async () => {
    const { page } = await openPage(browser, comparePageOf(directory, 'nginx-ab', 'nginx-small-backlog'), PHONE);
    const drawn = await page.$$eval('svg.interval:not(.scale)', (all) =>
      all.map((svg) => {
        const [box, zero] = ['rect', '.zero'].map((name) =>
          (svg.querySelector(name) as Element).getBoundingClientRect(),
        );
        const { right } = svg.getBoundingClientRect();
        const fill = getComputedStyle(svg.querySelector('rect') as Element).fill;
        return { kind: svg.classList[1], left: box.left, right: box.right, zero: zero.left, fill, end: right };
      }),
    );
    const [same, more] = drawn;
    expect([same.kind, more.kind]).toEqual(['same', 'more']);
    expect(more.left).toBeGreaterThan(more.zero);
    expect([same.left < same.zero, same.right > same.zero]).toEqual([true, true]);
    expect(more.fill).not.toBe(same.fill);
    for (const { end } of drawn) expect(end).toBeLessThanOrEqual(PHONE.width);
    await page.close();
  });

  it('leads from the gate and the table of places to what they are about, by the keyboard alone', async () => {
    const { page } = await openPage(browser, comparePageOf(directory, 'redis-benchmark', 'redis-benchmark'));
    const { stops, missed, unseen } = await keyboardGaps(page);
    expect(stops).toBeGreaterThan(10);
    expect([missed, unseen]).toEqual([0, []]);
    await page.getByRole('link', { name: '[::1]:6379' }).click();
    expect(await page.evaluate(() => document.querySelector(':target h2')?.textContent)).toContain('[::1]:6379');
    await page.close();
  });

  it('is whole on paper', async () => {
    const { page } = await openPage(browser, comparePageOf(directory, 'nginx-ab', 'nginx-small-backlog'), {
      dark: true,
    });
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    const [text, ground] = await page.evaluate(() => {
      const { color } = getComputedStyle(document.querySelector('tbody th') as Element);
      const of = (name: string): string => getComputedStyle(document.querySelector(name) as Element).backgroundColor;
      return [color, of('section.place')];
    });
    // dark text on white, also where the screen is dark
    expect([text, ground]).toEqual(['rgb(23, 32, 43)', 'rgb(255, 255, 255)']);
    expect(await page.locator('.bar').isVisible()).toBe(false);
    await page.close();
  });

  it.each([
    '</style><script>alert(1)</script><img src=x onerror=alert(1)>',
    '\x1b[2J\x07\u202e"\'><svg onload=alert(1)>',
  ])('is not harmed by names like %j', async (evil) => {
    const path = await hostileComparePage(directory, evil);
    const { page, complaints } = await openPage(browser, path);
    expect(await page.locator('img, script, main svg:not(.interval)').count()).toBe(0);
    const harmless = evil.replace('\x1b', '\\x1b').replace('\x07', '\\x07').replace('\u202e', '\\u202e');
    expect(await page.locator('h1').innerText()).toContain(harmless);
    expect(await page.locator('#sides').innerText()).toContain(harmless);
    expect(await isWide(page)).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
