// The ticket, rendered by another program: our own markup becomes of it and nothing else, whatever tasks and paths are called.
import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { markdownCode, markdownText } from '../../../cli/render/escape-markdown.ts';
import { perfDataOf } from '../../support/fixtures.ts';
import { madeCapture } from '../../support/made-capture.ts';
import { charactersOf } from '../../support/page-text.ts';
import { acceptq } from '../../support/run.ts';

const html = (markdown: string): string => marked.parse(markdown, { async: false, gfm: true });
/** What a reader sees. */
const shown = (page: string): string => charactersOf(page.replace(/<[^>]*>/g, ''));

it('is a ticket: verdict, table, findings, provenance', () => {
  const { status, stdout } = acceptq(['export', perfDataOf('node-clamped'), '--to', 'markdown']);
  expect(status).toBe(0);
  const page = html(stdout);
  expect(shown(page)).toMatch(/^CRITICAL: 127\.0\.0\.1:8080 dropped at least 43 connection attempts/);
  expect([...page.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell).slice(0, 7)).toEqual([
    '127.0.0.1:8080',
    '16',
    '17 / 17',
    '2.04 ms',
    '150',
    '150',
    '≥43',
  ]);
  expect(page).toMatch(/<li><strong>critical: .*was not served for 301 ms/);
  expect(page).toMatch(
    /<code>test\/fixture\/perf-data\/node-clamped\/perf\.data<\/code>|node-clamped\/perf\.data<\/code>/,
  );
  expect(page).toMatch(/sha256 <code>[0-9a-f]{64}<\/code>/);
});

it('shows the name of a task as it is', () => {
  const arrivals = Array.from({ length: 60 }, (_, k) => 1e6 + k * 1000);
  const made = madeCapture({ backlog: 4, arrivals, service: [200e6], wake: 10_000 }).text;
  for (const comm of ['<img src=x>|`*', '[a](//b)@c #12', '$x$ **b** ~~c']) {
    const input = Buffer.from(made.replaceAll(/ server\\n"/g, `${JSON.stringify(` ${comm}\n`).slice(1, -1)}"`));
    const { status, stdout } = acceptq(['export', '-', '--to', 'markdown'], { input });
    expect(status).toBe(0);
    const page = html(stdout);
    expect(shown(page).replaceAll('\u200b', '')).toContain(comm);
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag));
    for (const tag of ['img', 'a', 'em', 'del']) expect([comm, tag, tags.has(tag)]).toEqual([comm, tag, false]);
  }
});

describe('any text', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    '&lt;b&gt;',
    '**bold** __b__ `code` ~~gone~~',
    '![i](http://e/x.png) <http://e>',
    'http://evil.example www.evil.example a@evil.example',
    '@someone org/repo#12 #3',
    'a|b\\|c',
    'x\n# head\n- item\n| a | b |\n|--|--|',
    '``` fence',
    '\u001b[31mred\u202e',
    '\\',
    '`',
    ' spaced ',
  ];

  it('is seen as itself in running text and in a cell, and marks nothing up', () => {
    for (const text of HOSTILE) {
      const plain = text.replace(/[\n\u001b\u202e]/g, (char) =>
        char === '\u202e' ? '\\u202e' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
      const line = html(`a ${markdownText(text)} z`);
      expect(shown(line).replaceAll('\u200b', '').trim()).toBe(`a ${plain} z`);
      expect(line.match(/<[a-z]+/g)).toEqual(['<p']);
      const table = html(`| A | B |\n| --- | --- |\n| a ${markdownText(text)} z | last |`);
      const [first, last] = [...table.matchAll(/<td>(.*?)<\/td>/gs)].map(([, cell]) => cell);
      expect(shown(first).replaceAll('\u200b', '').trim()).toBe(`a ${plain} z`);
      expect(last).toBe('last');
    }
  });

  it('names nobody and refers to nothing', () => {
    const seen = shown(html(markdownText('@someone org/repo#12 (#3) a@b.example')));
    expect(seen).not.toMatch(/@\w|#\d/);
  });

  it('is code as code', () => {
    for (const text of HOSTILE.filter((text) => !text.includes('\n') && text.trim() !== '')) {
      const line = html(`a ${markdownCode(text)} z`);
      expect(line.match(/<[a-z]+/g)).toEqual(['<p', '<code']);
    }
  });
});
