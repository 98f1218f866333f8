// Lines of a text whatever it looks like: ends of lines, no last newline, colours, pieces of any size, lines too long to be lines.
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../ingest/format/format.ts';
import { LineWalk } from '../../../ingest/format/text/line-walk.ts';
import { mentioned } from '../../../ingest/format/text/mentions.ts';
import { memorySource } from '../perf-data/bytes.ts';

interface Line {
  readonly number: number;
  readonly text: string;
}

function linesOf(source: ByteSource): Line[] {
  const walk = new LineWalk(source);
  const lines: Line[] = [];
  while (walk.next())
    lines.push({
      number: walk.number,
      text: walk.tooLong ? '(too long)' : Buffer.from(walk.bytes.subarray(walk.start, walk.end)).toString('latin1'),
    });
  return lines;
}

const lines = (text: string): Line[] => linesOf(memorySource(Buffer.from(text, 'latin1')));
const texts = (text: string): string[] => lines(text).map((line) => line.text);

describe('lines of a text', () => {
  it('end with a newline, CRLF, or the file', () => {
    expect(texts('a\nb\r\n\nc')).toEqual(['a', 'b', '', 'c']);
    expect(texts('a\n')).toEqual(['a']);
    expect(texts('')).toEqual([]);
    expect(texts('\n\r\n')).toEqual(['', '']);
    expect(lines('a\nb').map((line) => line.number)).toEqual([1, 2]);
  });

  it('start behind a byte order mark', () => {
    expect(texts('\xef\xbb\xbf# tracer: nop\nb')).toEqual(['# tracer: nop', 'b']);
    expect(texts('a\n\xef\xbb\xbfb')).toEqual(['a', '\xef\xbb\xbfb']);
  });

  it('lose the escapes of terminals', () => {
    expect(
      texts('\x1b[01;32mroot@box\x1b[0m:~# cat trace\nplain\n\x1b]0;title\x07x\x1b]0;t\x1b\\y\x1b[Kz\x1b(B'),
    ).toEqual(['root@box:~# cat trace', 'plain', 'xyzB']);
    expect(texts('ab\x1b')).toEqual(['ab']);
    expect(texts('ab\x1b[12')).toEqual(['ab']);
  });

  it('are the same wherever the pieces end that are read at once', () => {
    const line = 'x'.repeat(999);
    const text = `${Array.from({ length: 3200 }, (_, i) => `${i}${line.slice(String(i).length)}`).join('\n')}\n`;
    const read = lines(text);
    expect(read.length).toBe(3200);
    expect(read.every(({ number, text: got }) => got.length === 999 && got.startsWith(String(number - 1)))).toBe(true);
  });

  it.each([1 << 20, (1 << 20) + 1, 5_000_000])('of %d bytes and more are passed over', (length) => {
    const text = `a\n${'x'.repeat(length)}\nb\n`;
    const whole = length < 1 << 20;
    expect(texts(text)).toEqual(['a', whole ? 'x'.repeat(length) : '(too long)', 'b']);
    expect(texts(`a\n${'x'.repeat(length)}`)).toEqual(
      length > 1 << 20 ? ['a', '(too long)'] : ['a', 'x'.repeat(length)],
    );
    expect(lines(text).map((line) => line.number)).toEqual([1, 2, 3]);
  });
});

describe('names in a text', () => {
  it('are found across the ends of pieces', () => {
    const text = Buffer.alloc(3 << 20, 'x');
    text.write('sk_data_ready', (1 << 20) - 5);
    text.write('inet_sock_set_state', (2 << 20) - 30);
    expect(mentioned(memorySource(text), ['inet_sock_set_state', 'kfree_skb', 'sk_data_ready'])).toEqual([
      'inet_sock_set_state',
      'sk_data_ready',
    ]);
    expect(mentioned(memorySource(Buffer.alloc(0)), ['a'])).toEqual([]);
  });
});
