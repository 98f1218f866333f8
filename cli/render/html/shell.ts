// What every page has around its sections: the head with the policy, the bar, the footer.
import { createHash } from 'node:crypto';
import { html, Markup } from './markup.ts';

export interface Shell {
  readonly title: string;
  readonly generator: string;
  readonly style: string;
  /** Code that runs in the page, and what it reads as JSON; null: nothing runs in it. */
  readonly script: { readonly code: string; readonly data: Markup } | null;
  readonly nav: readonly (readonly [id: string, name: string])[];
  readonly main: readonly (Markup | null)[];
  readonly footer: string;
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Not in a template: a bundler would call a package for it, to keep a script's end out of its own output. */
const END = new Markup('</script>');

/** Names the one script and the one style by their hashes: what a capture holds can be neither. */
function policyOf({ script, style }: Shell): string {
  const code = script === null ? '' : ` script-src ${hash(script.code)};`;
  return `default-src 'none';${code} style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
}

/** The whole document. */
export function shell(page: Shell): string {
  const { title, generator, style, script, nav, main, footer } = page;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policyOf(page))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${generator}">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header class="bar">
  <span class="brand">acceptq</span>
  <nav aria-label="Sections">
    ${nav.map(([id, name]) => html`<a href="#${id}">${name}</a> `)}
  </nav>
  ${script === null ? null : html`<button type="button" id="theme" hidden>Dark</button>`}
</header>
<main id="main">
${main.map((section) => (section === null ? null : html`${section}\n`))}</main>
<footer>${footer}</footer>
${
  script === null
    ? null
    : html`<script type="application/json" id="data">${script.data}${END}
<script>${new Markup(script.code)}${END}
`
}</body>
</html>
`.text;
}
