// The page's script and style, as the build left them beside this file.
import { readFileSync } from 'node:fs';

export interface Assets {
  readonly script: string;
  readonly style: string;
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

export const loadStyle = (): string => read('./report.css');

/** `</` cannot stand in a script element; in JavaScript `<\/` is the same. */
export const loadAssets = (): Assets => ({ script: read('./report.js').replaceAll('</', '<\\/'), style: loadStyle() });
