// acceptq drop: takes one capture out of a store.
import { dropCapture } from '../../core/store/drop-capture.ts';
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import { stepProgress } from '../progress.ts';
import { escapeText } from '../render/escape.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { openForWriting } from './open-store.ts';

export async function drop(options: {
  db: string;
  capture: string;
  reason?: string;
  vacuum: boolean;
}): Promise<CommandResult> {
  if (!/^[1-9]\d{0,8}$/.test(options.capture))
    throw new UsageError('--capture wants the id of a capture: acceptq captures lists them');
  const store = await openForWriting(options.db, { mode: 'write', doing: 'drops a capture' });
  const progress = stepProgress();
  try {
    const dropped = dropCapture(
      store.db,
      Number(options.capture),
      new Date().toISOString(),
      options.reason ?? 'asked for on the command line',
      ({ capture, events, of }) => progress.update(`capture ${capture}`, events, of),
    );
    if (dropped === undefined)
      throw new UsageError(`there is no capture ${options.capture} in ${options.db}: acceptq captures lists them`);
    indexProjections(store.db);
    indexLog(store.db);
    if (options.vacuum) store.db.exec('VACUUM');
    return {
      exit: 0,
      json: { schema: 'acceptq.drop/1', db: options.db, ...dropped },
      text: () => [
        `capture ${dropped.capture} (${escapeText(dropped.path)}) dropped: ${dropped.events.toLocaleString('en')} events`,
      ],
    };
  } finally {
    progress.done();
    store.close();
  }
}
