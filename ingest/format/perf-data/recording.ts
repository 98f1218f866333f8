// What has to be known of a perf.data before its records mean anything, however it was written.
import type { EventFormat } from '../event-format/parse.ts';
import type { EventAttr } from './attr.ts';
import type { Features } from './features.ts';
import type { Section } from './header.ts';

/** For messages: what to do about a file that perf did not finish. */
export const RECORD_AGAIN = 'record again and stop perf with Ctrl-C or SIGINT, so that it writes the rest of its file';

export interface Recording {
  readonly attrs: readonly EventAttr[];
  /** ids[k]: the event ids of attrs[k]. */
  readonly ids: readonly (readonly number[])[];
  /** By format id. */
  readonly formats: ReadonlyMap<number, EventFormat>;
  /** The text of /proc/kallsyms, empty when it was not stored. */
  readonly kallsyms: Uint8Array;
  readonly features: Features;
  /** Where the records are: one stream, or one for each file of a directory. */
  readonly streams: readonly Section[];
  /** Steps in which records can begin. */
  readonly alignment: 1 | 8;
  /** Why formats are missing, and where they belong; null when they are there. */
  readonly formatsMissing: { readonly offset: number; readonly why: string } | null;
}
