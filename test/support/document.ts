// The examples of a Markdown document, run as they stand there: a shell in a directory of its own, with `acceptq` and this repository's fixtures.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { perfDataOf } from './fixtures.ts';
import { type Ran, ROOT } from './run.ts';

export interface Block {
  /** Of the fence: sh, text, sql, ... */
  readonly language: string;
  readonly text: string;
  /** Nearest heading above it. */
  readonly heading: string;
}

export function blocksOf(document: string): Block[] {
  const found: Block[] = [];
  let heading = '';
  for (const match of document.matchAll(/^```(\w+)\n([\s\S]*?)^```$|^#+ (.*)$/gm)) {
    if (match[3] !== undefined) heading = match[3];
    else found.push({ language: match[1], text: match[2], heading });
  }
  return found;
}

export const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What documents call captures that a reader has. */
const CAPTURES: Readonly<Record<string, string>> = {
  'capture.json': join(ROOT, 'test/fixture/one-load/bpftrace.json.xz'),
  'perf.data': perfDataOf('node-clamped'),
  'before.data': perfDataOf('nginx-ab'),
  'after.data': perfDataOf('nginx-small-backlog'),
  'before.json': join(ROOT, 'test/fixture/documents/before.json.xz'),
  'after.json': join(ROOT, 'test/fixture/documents/after.json.xz'),
  'containers.json': join(ROOT, 'test/fixture/documents/namespaces.json.xz'),
};

/** A directory in which a document's commands run one after another, so that a later one finds what an earlier one wrote. */
export class Workbench {
  readonly directory = mkdtempSync(join(tmpdir(), 'acceptq-document-'));

  constructor() {
    const bin = join(this.directory, '.bin');
    mkdirSync(bin);
    const command = join(bin, 'acceptq');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'dist/cli/main.js')}' "$@"\n`);
    chmodSync(command, 0o755);
    mkdirSync(join(this.directory, 'test'));
    symlinkSync(join(ROOT, 'test/fixture'), join(this.directory, 'test/fixture'));
    for (const [name, path] of Object.entries(CAPTURES)) symlinkSync(path, join(this.directory, name));
  }

  /** Runs a script by a shell, or by python3; it ends with the first command that fails. */
  run(script: string, by: 'sh' | 'python3' = 'sh', env: Readonly<Record<string, string>> = {}): Ran {
    const args = by === 'sh' ? ['-e'] : ['-'];
    const path = `${join(this.directory, '.bin')}:${process.env.PATH}`;
    const { status, stdout, stderr } = spawnSync(by, args, {
      cwd: this.directory,
      input: script,
      env: { ...process.env, ...env, PATH: path },
      timeout: 60_000,
    });
    return { status, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
