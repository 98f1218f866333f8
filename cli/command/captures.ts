// acceptq captures: what is in a store, and how complete each capture is.
import { formatNs } from '../../core/report/units.ts';
import { escapeText } from '../render/escape.ts';
import { table } from '../render/text.ts';
import type { CommandResult } from '../result.ts';
import { openForReading } from './open-store.ts';
import { reportOf } from './report.ts';

/** How far a capture was read. */
const READ = { complete: 'to its end', cut: 'in part', open: 'in part: ingest it again to go on' } as const;

export async function captures(options: { db: string }): Promise<CommandResult> {
  const store = await openForReading(options.db);
  try {
    const { captures: all } = reportOf(store, {});
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
            formatNs(capture.duration_ns),
            capture.events.toLocaleString('en'),
            String(capture.lost.count ?? '?'),
            String(capture.rejected),
            READ[capture.ending],
          ]),
        ),
    };
  } finally {
    store.close();
  }
}
