// A page of a report in Chromium: what it logs, what it asks the network for, what is drawn.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ROOT } from '../support/run.ts';

/** Pictures of the pages, for people to look at. */
export const ARTEFACTS = join(ROOT, 'test-artefacts');

export function launch(): Promise<Browser> {
  mkdirSync(ARTEFACTS, { recursive: true });
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Opened {
  readonly page: Page;
  /** Whatever the page complained about, and each request but the one for the file. */
  readonly complaints: string[];
}

export interface Looks {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** Opens a file as a reader does: from the disk. */
export async function openPage(browser: Browser, path: string, looks: Looks = {}): Promise<Opened> {
  const page = await browser.newPage({
    viewport: { width: looks.width ?? 1280, height: looks.height ?? 900 },
    colorScheme: looks.dark === true ? 'dark' : 'light',
  });
  const complaints: string[] = [];
  const file = pathToFileURL(path).href;
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== file) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(file);
  return { page, complaints };
}

/** How many different colours each chart that is shown has, by kind; 1 or less is an empty canvas. */
export const coloursDrawn = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(() => {
    const found: Record<string, number> = {};
    for (const figure of document.querySelectorAll<HTMLElement>('details[open] figure.chart, .verdict figure.chart')) {
      const canvas = figure.querySelector('canvas') as HTMLCanvasElement;
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const colours = new Set<string>();
      for (let i = 0; i < pixels.length; i += 4)
        if (pixels[i + 3] > 200) colours.add(`${pixels[i]},${pixels[i + 1]},${pixels[i + 2]}`);
      found[`${figure.dataset.kind} ${figure.dataset.listener}`] = colours.size;
    }
    return found;
  });

/** The pixels of one chart, to be compared. */
export const pixelsOf = (page: Page, kind: string): Promise<string> =>
  page.evaluate(
    (wanted) =>
      document.querySelector<HTMLCanvasElement>(`details[open] figure[data-kind="${wanted}"] canvas`)?.toDataURL() ??
      '',
    kind,
  );

export const PHONE = { width: 390, height: 844 };

/** Unfolds everything, so that nothing hides. */
export const unfold = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const each of document.querySelectorAll('details')) each.open = true;
  });

/** Whether the page as a whole scrolls sideways. */
export const isWide = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/** What axe-core calls serious or worse. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source); // a script element would be refused, as it should
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** Goes through the page by Tab alone; what cannot be reached so, and what does not show that it is reached. */
export async function keyboardGaps(page: Page): Promise<{ stops: number; missed: number; unseen: string[] }> {
  const stops = await page.evaluate(() => {
    const all = document.querySelectorAll<HTMLElement>('a[href], button, input, summary, [tabindex="0"]');
    const shown = [...all].filter((element) => element.checkVisibility());
    shown.forEach((element, k) => {
      element.dataset.stop = String(k);
    });
    return shown.length;
  });
  const reached = new Set<string>();
  const unseen: string[] = [];
  for (let k = 0; k < stops + 5; k++) {
    await page.keyboard.press('Tab');
    const [stop, outline] = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      return [element.dataset.stop ?? '', getComputedStyle(element).outlineStyle];
    });
    if (stop !== '' && outline === 'none') unseen.push(stop);
    reached.add(stop);
  }
  reached.delete('');
  return { stops, missed: stops - reached.size, unseen };
}
