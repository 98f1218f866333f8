// replay --html: the report of the capture as a page, with what other backlogs would have done.
import { readReportInput } from '../../core/store/report-input.ts';
import type { Target } from '../../replay/what-if/target.ts';
import type { Workload } from '../../replay/workload/workload.ts';
import type { ReplayFound } from '../render/replay-text.ts';
import { curvesOf } from '../render/what-if-curves.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { writeHtml } from './html-report.ts';
import { resultOf, UNREADABLE } from './replay-result.ts';
import { reportOf } from './report.ts';
import { openToRead } from './store-to-read.ts';
import { chosen, isWorkloadFile, type WorkloadOptions, workloadOf } from './workload-in.ts';

export async function replayWithPage(
  captures: readonly string[],
  options: WorkloadOptions,
  path: string,
  replayed: (workload: Workload) => Promise<ReplayFound>,
  gate: Target | null,
): Promise<CommandResult> {
  if (isWorkloadFile(captures))
    throw new UsageError('--html shows the report of a capture with the replay in it; a workload file has no capture');
  const { store, read } = await openToRead(captures, options, 'it takes a capture, or --db with a store');
  try {
    if (read !== 'all') return UNREADABLE;
    const report = reportOf(store, options);
    const found = await replayed(workloadOf(store, options));
    const listener = chosen(report, options).id;
    writeHtml(path, { ...report, what_if: curvesOf(found, listener) }, readReportInput(store.db), store);
    return resultOf(found, gate);
  } finally {
    store.close();
  }
}
