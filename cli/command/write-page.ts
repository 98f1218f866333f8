// A page that a command writes beside what it prints.
import { writeFileSync } from 'node:fs';
import { escapeText } from '../render/escape.ts';
import { UsageError } from '../result.ts';

/** A page on standard output would stand in the midst of the text. Throws UsageError. */
export function checkPage(path: string | undefined): void {
  if (path === '-') throw new UsageError('--html takes a file: the text of the report goes to standard output');
}

/** Throws UsageError when the file cannot be written. */
export function writeBeside(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`${option} ${escapeText(path)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function writePage(path: string, page: () => string): void {
  checkPage(path);
  writeBeside('--html', path, page());
}
