// Makes text from captures harmless in Markdown, as issue trackers render it: no markup, HTML, link, mention or reference comes of it.
import { escapeText } from './escape.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** Nothing to see, but what stands on either side is not one word: trackers look for mentions only once entities are characters again. */
const APART = '&#8203;';

/** For running text and table cells. */
export function markdownText(text: string): string {
  return escapeText(text)
    .replace(/[&<>]/g, (char) => ENTITIES[char])
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replace(/@(?=\w)/g, `@${APART}`)
    .replace(/(^|[^&])#(?=\d)/g, `$1#${APART}`)
    .replace(/:\/\//g, `:${APART}//`)
    .replace(/www\./gi, (found) => `${found.slice(0, 3)}${APART}.`);
}

/** As code, for what people copy. Not in a table: a `|` ends the cell there. */
export function markdownCode(text: string): string {
  const safe = escapeText(text);
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  // a space at each end keeps a backquote there from joining the fence, and is taken away again
  const space = safe.startsWith('`') || safe.endsWith('`') || (safe.startsWith(' ') && safe.endsWith(' ')) ? ' ' : '';
  return safe.trim() === '' ? '(empty)' : `${fence}${space}${safe}${space}${fence}`;
}
