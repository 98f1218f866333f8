// acceptq analyze: captures in, report out, in one step.
import type { CommandResult } from '../result.ts';
import { storeOfCaptures } from './captures-store.ts';
import { parseSomaxconn, type ReportOptions, reportResult } from './report.ts';

export async function analyze(
  captures: string[],
  options: ReportOptions & { with?: string[] },
): Promise<CommandResult> {
  parseSomaxconn(options.somaxconn); // before the work, not after
  const { store, read } = await storeOfCaptures(captures, options);
  try {
    if (read === 'none') return { exit: 3, json: null, text: () => [] };
    return await reportResult(store, options, read === 'some' ? 3 : 0);
  } finally {
    store.close();
  }
}
