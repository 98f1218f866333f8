// Prints a command's result: text with the terminal's width and colours, or one JSON document.
import { once } from 'node:events';
import type { CommandResult, Live, TextStyle } from './result.ts';

const MIN_WIDTH = 60;
const MAX_WIDTH = 160;
const PIPED_WIDTH = 100;

function style(): TextStyle {
  const { stdout, env } = process;
  const tty = stdout.isTTY === true;
  const noColor = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  return {
    terminal: tty,
    color: tty && !noColor && env.TERM !== 'dumb',
    width: tty ? Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, stdout.columns ?? 80)) : PIPED_WIDTH,
  };
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** A write for each line costs more than the lines. */
const CHUNK = 1 << 16;

async function writeLines(lines: Iterable<string>): Promise<void> {
  let text = '';
  try {
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length < CHUNK) continue;
      const full = text;
      text = '';
      await write(full);
    }
  } finally {
    if (text !== '') await write(text);
  }
}

async function printArray(items: Iterable<unknown>): Promise<void> {
  let first = true;
  for (const item of items) {
    await write(`${first ? '[\n' : ',\n'}${JSON.stringify(item)}`);
    first = false;
  }
  await write(first ? '[]\n' : '\n]\n');
}

/** Prints each part as it comes; a JSON array is closed also when Ctrl-C ends it. */
async function printLive({ parts, status, line }: Live & { line(thing: unknown): string }, json: boolean) {
  let first = true;
  for await (const things of parts()) {
    let text = '';
    for (const thing of things) {
      text += json ? `${first ? '[\n' : ',\n'}${JSON.stringify(thing)}` : `${line(thing)}\n`;
      first = false;
    }
    await write(text);
  }
  if (json) await write(first ? '[]\n' : '\n]\n');
  return status();
}

/** Returns the exit status. */
export async function print(result: CommandResult, json: boolean): Promise<number> {
  if (result.live !== undefined) return printLive(result.live, json);
  if (json && result.stream !== undefined) await printArray(result.stream);
  else if (json && result.jsonLines !== undefined) await writeLines(result.jsonLines());
  else if (json) await write(`${JSON.stringify(result.json, null, 2)}\n`);
  else await writeLines(result.text(style()));
  return result.exit;
}
