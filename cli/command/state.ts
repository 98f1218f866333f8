// acceptq state: sockets, queues, acceptors and fd tables of a capture's host at one instant.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ListenerState, State } from '../../core/state/model.ts';
import { staleness } from '../../core/store/processors.ts';
import { readState } from '../../core/store/read-state.ts';
import { openStore, type Store } from '../../core/store/store.ts';
import { stateText } from '../render/state-text.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { version } from '../version.ts';
import { type AskedInstant, type CaptureClock, instantIn, parseInstant } from './instant.ts';
import { isStore } from './is-store.ts';
import { parseCount } from './time.ts';

interface StateOptions {
  readonly db?: string;
  readonly at?: string;
  readonly listener?: string;
  readonly capture?: string;
}

/**
 * A store to be read. Captures that are being read need not be brought up to date: the fold goes on from what is committed of them. Those
 * that are complete have their snapshots and rows.
 */
async function openForState(path: string): Promise<Store> {
  const store = openStore(path, { mode: 'read' });
  const { versions, captures } = staleness(store.db);
  const ending = store.db.prepare('SELECT ending FROM captures WHERE id = ?').pluck();
  if (!versions && captures.every((capture) => ending.get(capture) === 'open')) return store;
  store.close();
  const { openForReading } = await import('./open-store.ts');
  return openForReading(path);
}

/** A capture in a store of its own, which is gone when it is closed. */
async function storeOf(capture: string): Promise<Store> {
  const [{ takeInAll }, { openForWriting }, { indexLog }] = await Promise.all([
    import('./captures-in.ts'),
    import('./open-store.ts'),
    import('../../core/store/indexes.ts'),
  ]);
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const interrupted = (): never => {
    remove();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    const store = await openForWriting(join(directory, 'store.db'), {
      mode: 'create',
      doing: 'ingests a capture',
      temporary: true,
    });
    const close = (): void => {
      store.close();
      process.off('SIGINT', interrupted);
      remove();
    };
    const [{ capture: id }] = await takeInAll(store, [capture]);
    indexLog(store.db);
    if (id !== null) return { ...store, close };
    close();
    throw new NotTaken();
  } catch (error) {
    remove();
    throw error;
  }
}

/** The capture could not be read; the user has been told. */
class NotTaken extends Error {}

/** The capture that is meant: the one named, the one with that event, the one of that time, or the only one. */
function captureOf(all: readonly CaptureClock[], asked: AskedInstant, named: string | undefined): CaptureClock {
  if (all.length === 0) throw new UsageError('the store has no capture');
  const ids = all.map(({ id }) => id).join(', ');
  if (named !== undefined) {
    const id = parseCount('--capture', named);
    const found = all.find((capture) => capture.id === id);
    if (found === undefined) throw new UsageError(`no capture ${id}; there ${all.length === 1 ? 'is' : 'are'} ${ids}`);
    return found;
  }
  if (all.length === 1) return all[0];
  const holding = all.filter((capture) => {
    const { first_position: first, events, duration_ns } = capture;
    if (asked.kind === 'position') return asked.position >= first && asked.position < first + events;
    if (asked.kind !== 'wall' || capture.origin === null || capture.wall_offset === null) return false;
    const start = BigInt(capture.origin) + BigInt(capture.wall_offset);
    return asked.ns >= start && asked.ns <= start + BigInt(duration_ns);
  });
  if (holding.length === 1) return holding[0];
  throw new UsageError(`the store has several captures (${ids}): choose one with --capture`);
}

function matches({ id, address }: ListenerState, which: string): boolean {
  if (/^\d+$/.test(which)) return id === Number(which);
  return address !== null && (address === which || (/^:\d+$/.test(which) && address.endsWith(which)));
}

/** The state with matching listeners only, and what is theirs. Throws UsageError when none matches. */
function selected(state: State, which: string): State {
  const listeners = state.listeners.filter((listener) => matches(listener, which));
  if (listeners.length === 0) {
    const known = state.listeners.map(({ id, address }) => `${address ?? '?'} (id ${id})`).join(', ');
    throw new UsageError(`no listener ${which} at that time; there ${known === '' ? 'is none' : `are: ${known}`}`);
  }
  const ids = new Set(listeners.map(({ id }) => id));
  const addresses = new Set(listeners.map(({ address }) => address));
  const theirs = (id: number | null): boolean => id !== null && ids.has(id);
  return {
    ...state,
    listeners,
    sockets: state.sockets.filter(
      ({ role, listener, local }) => theirs(listener) || (role === 'listener' && addresses.has(local)),
    ),
    tasks: state.tasks
      .map((task) => ({ ...task, files: task.files.filter(({ listener }) => theirs(listener)) }))
      .filter(({ files }) => files.length > 0),
    calls: state.calls.filter(({ listener }) => theirs(listener)),
  };
}

function stateIn(store: Store, asked: AskedInstant, options: StateOptions): State {
  const captures = store.db
    .prepare('SELECT id, first_position, events, duration_ns, origin, wall_offset FROM captures ORDER BY id')
    .all() as CaptureClock[];
  const capture = captureOf(captures, asked, options.capture);
  const state = readState(store.db, capture.id, instantIn(asked, capture), version());
  if (state === undefined) throw new UsageError(`no capture ${capture.id}`);
  return options.listener === undefined ? state : selected(state, options.listener);
}

/** `what` is a store or a capture; without it the store is that of --db. */
export async function state(what: string | undefined, options: StateOptions): Promise<CommandResult> {
  const asked = parseInstant(options.at);
  const path = what ?? options.db;
  if (path === undefined) throw new UsageError('name a store or a capture, or give --db');
  if (what !== undefined && options.db !== undefined) throw new UsageError('a store or a capture, or --db: choose one');
  let store: Store;
  try {
    store = what === undefined || isStore(path) ? await openForState(path) : await storeOf(path);
  } catch (error) {
    if (error instanceof NotTaken) return { exit: 3, json: null, text: () => [] };
    throw error;
  }
  try {
    const found = stateIn(store, asked, options);
    return { exit: 0, json: found, text: (style) => stateText(found, style) };
  } finally {
    store.close();
  }
}
