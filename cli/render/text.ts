// Plain text building blocks: colours, wrapping, aligned tables.
import type { TextStyle } from '../result.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export function paint(style: TextStyle, color: keyof typeof CODES, text: string): string {
  return style.color ? `\x1b[${CODES[color]}m${text}\x1b[0m` : text;
}

/** Breaks text at spaces into lines of at most `width`, each after `indent`. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(indent + line);
  return lines;
}

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** The width of each column: its widest cell. */
export const columnWidths = (columns: readonly Column[], rows: readonly (readonly string[])[]): number[] =>
  columns.map((column, k) => rows.reduce((widest, row) => Math.max(widest, row[k].length), column.title.length));

/** One line of a table; cells are two spaces apart, none is cut, and the line does not end in spaces. */
export const tableLine = (columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string =>
  cells
    .map((cell, k) => (columns[k].align === 'right' ? cell.padStart(widths[k]) : cell.padEnd(widths[k])))
    .join('  ')
    .trimEnd();

/** A table with aligned columns under their titles. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columnWidths(columns, rows);
  const titles = columns.map((column) => column.title);
  return [titles, ...rows].map((cells) => tableLine(columns, widths, cells));
}
