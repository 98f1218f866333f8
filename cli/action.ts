// Runs a command, whose code is loaded only then, and prints what it returns, as text or as JSON.
import type { CommandResult } from './result.ts';

export type Run = (...args: never[]) => Promise<CommandResult> | CommandResult;

/** Runs a command and prints what it returns, as text or as JSON. */
export function action(load: () => Promise<Run>): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const run = await load();
    const { print } = await import('./print.ts');
    const options = args[args.length - 2] as { json?: boolean };
    process.exitCode = await print(await run(...(args.slice(0, -1) as never[])), options.json === true);
  };
}

export type Action = typeof action;
