// Which tool printed a text: looked for in its first lines, plain or inside bpftrace's JSON.
import { JsonLine } from '../bpftrace/json-line.ts';
import { PrintedLines } from '../bpftrace/printed-lines.ts';
import type { ByteSource } from '../format.ts';
import { LineWalk } from '../text/line-walk.ts';
import { type Layout, readHeader } from './columns.ts';
import { BANNER } from './synbl.ts';

const SURVEY_LINES = 512;
const latin1 = new TextDecoder('latin1');

export interface Recognised {
  /** The first header; null for tcpsynbl, which has none. */
  readonly layout: Layout | null;
  /** The first word of the row after it. */
  readonly firstTime: string | null;
  readonly inJson: boolean;
}

/** Finds out which tool printed a text; null when it is none of them. */
export function recogniseTool(source: ByteSource): Recognised | null {
  const walk = new LineWalk(source);
  const json = new JsonLine();
  let layout: Layout | null = null;
  let found: Recognised | null = null;
  let inJson = false;
  const printed = new PrintedLines((cursor) => {
    if (found !== null) return null;
    const text = latin1.decode(cursor.bytes.subarray(cursor.at, Math.min(cursor.end, cursor.at + 512)));
    if (layout === null && BANNER.test(text)) found = { layout: null, firstTime: null, inJson };
    else if (layout === null) layout = readHeader(text);
    else if (/^ *\d/.test(text)) {
      const words = text.trim().split(layout.csv ? ',' : /\s+/);
      found = { layout, firstTime: words[Math.max(0, layout.columns.indexOf('TIME(s)'))], inJson };
    }
    return null;
  });
  const newline = Uint8Array.of(10);
  for (let lines = 0; lines < SURVEY_LINES && found === null && walk.next(); lines++) {
    const { bytes, start, end } = walk;
    inJson = JsonLine.isMeant(bytes, start, end);
    if (!inJson) {
      printed.print(bytes.subarray(start, end), end - start);
      printed.print(newline, 1);
    } else if (json.read(bytes, start, end) === 'text') printed.print(json.text, json.length);
  }
  return found ?? (layout === null ? null : { layout, firstTime: null, inJson });
}
