// A store to read from, whatever the command line names: a store, or captures, which get one of their own until it is closed.
import { UsageError } from '../result.ts';
import { type CapturesOptions, type CapturesStore, storeOfCaptures } from './captures-store.ts';
import { isStore } from './is-store.ts';
import { openForReading } from './open-store.ts';

/**
 * @param paths captures, one store, or none with --db
 * @param nothing what to say when there is neither
 */
export async function openToRead(
  paths: readonly string[],
  options: CapturesOptions,
  nothing = 'it takes a capture, or --db with a store',
): Promise<CapturesStore> {
  if (paths.length === 0) {
    if (options.db === undefined) throw new UsageError(nothing);
    return { store: await openForReading(options.db), read: 'all' };
  }
  if (paths.length === 1 && options.db === undefined && isStore(paths[0])) {
    if (options.with !== undefined) throw new UsageError('--with belongs to a capture that is read in, not to a store');
    return { store: await openForReading(paths[0]), read: 'all' };
  }
  return await storeOfCaptures(paths, options);
}
