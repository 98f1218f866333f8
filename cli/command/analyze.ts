// acceptq analyze: captures in, report out, in one step.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import type { CommandResult } from '../result.ts';
import { takeInAll } from './captures-in.ts';
import { openForWriting } from './open-store.ts';
import { parseSomaxconn, type ReportOptions, reportResult } from './report.ts';

export async function analyze(
  captures: string[],
  options: ReportOptions & { with?: string[] },
): Promise<CommandResult> {
  parseSomaxconn(options.somaxconn); // before the work, not after
  const directory = options.db === undefined ? mkdtempSync(join(tmpdir(), 'acceptq-')) : null;
  const removed = (): void => {
    if (directory !== null) rmSync(directory, { recursive: true, force: true });
  };
  const interrupted = (): never => {
    removed();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    const store = await openForWriting(options.db ?? join(directory as string, 'store.db'), {
      mode: 'create',
      doing: 'ingests captures',
      temporary: directory !== null,
    });
    try {
      const taken = await takeInAll(store, captures, options.with);
      if (taken.every(({ capture }) => capture === null)) return { exit: 3, json: null, text: () => [] };
      indexProjections(store.db);
      if (directory === null) indexLog(store.db);
      return await reportResult(store, options, taken.some(({ capture }) => capture === null) ? 3 : 0);
    } finally {
      store.close();
    }
  } finally {
    process.off('SIGINT', interrupted);
    removed();
  }
}
