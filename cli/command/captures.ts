// acceptq captures: what is in a store, and how complete each capture is.
import type { CaptureReport } from '../../core/report/model.ts';
import { formatNs } from '../../core/report/units.ts';
import { type Writer, writerOf } from '../../core/store/writer-claim.ts';
import { escapeText } from '../render/escape.ts';
import { table } from '../render/text.ts';
import type { CommandResult } from '../result.ts';
import { openLogForReading } from './open-store.ts';
import { reportOf } from './report.ts';

/** How far a capture was read; `open` while a process that writes lives, if not, and if not and it was a pipe. */
function readOf({ ending, sha256 }: CaptureReport, writer: Writer | null): string {
  if (ending !== 'open') return ending === 'complete' ? 'to its end' : 'in part';
  if (writer !== null) return `so far: process ${writer.pid} reads on`;
  return sha256 === null ? 'in part: its reader was killed' : 'in part: ingest it again to go on';
}

export async function captures(options: { db: string }): Promise<CommandResult> {
  const store = await openLogForReading(options.db);
  try {
    const { captures: all } = reportOf(store, {});
    const writer = writerOf(store.db);
    return {
      exit: 0,
      json: { schema: 'acceptq.captures/1', captures: all },
      text: () =>
        table(
          [
            { title: 'ID', align: 'right' },
            { title: 'CAPTURE', align: 'left' },
            { title: 'TOOL', align: 'left' },
            { title: 'KERNEL', align: 'left' },
            { title: 'HOST', align: 'left' },
            { title: 'STARTED', align: 'left' },
            { title: 'DURATION', align: 'right' },
            { title: 'EVENTS', align: 'right' },
            { title: 'LOST', align: 'right' },
            { title: 'UNREADABLE', align: 'right' },
            { title: 'READ', align: 'left' },
          ],
          all.map((capture) => [
            String(capture.id),
            escapeText(capture.path),
            escapeText(capture.tool ?? '?'),
            escapeText(capture.kernel ?? '?'),
            escapeText(capture.host ?? '?'),
            capture.started_at ?? '?',
            formatNs(capture.duration_ns),
            capture.events.toLocaleString('en'),
            String(capture.lost.count ?? '?'),
            String(capture.rejected),
            readOf(capture, writer),
          ]),
        ),
    };
  } finally {
    store.close();
  }
}
