// HTML that cannot be broken out of: a template whose values are escaped unless they are markup themselves.
import { escapeText } from '../escape.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Markup | string | number | null | readonly Value[];

/** Text for HTML, also inside quoted attributes; what is unsafe on a terminal is spelled out, as it could reorder what is read. */
export const escapeHtml = (text: string): string => escapeText(text).replace(/[&<>"']/g, (char) => ENTITIES[char]);

function render(value: Value): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  return typeof value === 'number' ? String(value) : value.map(render).join('');
}

export function html(strings: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(strings.map((text, k) => text + (k < values.length ? render(values[k]) : '')).join(''));
}

/** JSON for a script element: nothing in it can end the element or begin a comment. */
export const embeddedJson = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
