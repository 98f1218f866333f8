// Runs the built command line as a user does.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `acceptq` with these arguments; standard input is `input`. */
export function acceptq(args: readonly string[], options: { input?: Buffer; env?: Record<string, string> } = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: ROOT,
    input: options.input ?? Buffer.alloc(0),
    env: { ...process.env, ...options.env },
    maxBuffer: 1 << 28,
    timeout: 60_000,
  });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}
