// acceptq events --follow: events as another process commits them, until the capture has ended, or Ctrl-C.
import type { TraceEvent } from '../../core/event/trace-event.ts';
import { type EventFilter, FilterError } from '../../core/store/event-match.ts';
import { EventFollower } from '../../core/store/follow.ts';
import { openStore, type Store } from '../../core/store/store.ts';
import { isBusy } from '../../core/store/store-error.ts';
import { type Readiness, readinessOf } from '../../core/store/store-readiness.ts';
import { escapeText } from '../render/escape.ts';
import { type Live, UsageError } from '../result.ts';

/** How often the store is looked at. */
const AGAIN_MS = 100;

/** Ctrl-C ends the following at once, and what was begun is printed to its end. */
class Interruption {
  happened = false;
  private wake: (() => void) | null = null;
  private readonly handler = (): void => {
    this.happened = true;
    this.wake?.();
  };

  constructor() {
    process.once('SIGINT', this.handler);
  }

  pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.happened ? 0 : AGAIN_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end(): void {
    process.off('SIGINT', this.handler);
  }
}

const WAITING: Readonly<Record<Exclude<Readiness, 'ready'>, string>> = {
  absent: 'there is no such store yet: waiting for it',
  empty: 'nothing is in it yet: waiting for the first ingest',
  busy: 'waiting for another process, which has the store for itself until its first load is done',
};

/** The store once it can be read; null when interrupted. Says once on stderr what it waits for. */
async function openWhenReady(path: string, interruption: Interruption): Promise<Store | null> {
  for (let told: Readiness = 'ready'; !interruption.happened; await interruption.pause()) {
    const readiness = readinessOf(path);
    if (readiness === 'ready') {
      try {
        return openStore(path, { mode: 'read' }); // of the log alone: what is derived may be behind
      } catch (error) {
        if (!isBusy(error) && readinessOf(path) === 'ready') throw error;
      }
    } else if (readiness !== told) {
      told = readiness;
      process.stderr.write(`acceptq: ${escapeText(path)}: ${WAITING[readiness]}\n`);
    }
  }
  return null;
}

async function* follow(store: Store, filter: EventFilter, interruption: Interruption): AsyncGenerator<TraceEvent[]> {
  const follower = new EventFollower(store.db, filter);
  while (!interruption.happened) {
    const { standing } = follower;
    for (let events = follower.next(); events !== null && !interruption.happened; events = follower.next()) {
      if (events.length > 0) yield events;
      if (follower.enough) return;
    }
    if (standing === 'interrupted')
      process.stderr.write(
        `acceptq: ${escapeText(store.path)}: reading its last capture was interrupted: no more comes\n`,
      );
    if (standing !== 'going') return;
    while (!follower.changed && !interruption.happened && follower.standing === 'going') await interruption.pause();
  }
}

/** Exit status 130 when Ctrl-C ended it. Throws UsageError for a filter that cannot match anything. */
export async function followEvents(path: string, filter: EventFilter): Promise<Live> {
  const interruption = new Interruption();
  const store = await openWhenReady(path, interruption);
  return {
    async *parts() {
      if (store === null) return;
      try {
        yield* follow(store, filter, interruption);
      } catch (error) {
        throw error instanceof FilterError ? new UsageError(error.message) : error;
      } finally {
        interruption.end();
        store.close();
      }
    },
    status: () => (interruption.happened ? 130 : 0),
  };
}
