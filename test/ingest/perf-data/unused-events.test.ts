// Tracepoints that acceptq has no use for: counted as ignored, and nothing else changes.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryEvents } from '../../../core/store/event-query.ts';
import { openStore, type Store } from '../../../core/store/store.ts';
import { bytesOf, changed, ingestBytes } from './bytes.ts';

let store: Store;
beforeAll(() => {
  store = openStore(':memory:', { mode: 'create' });
});
afterAll(() => store.close());

function take(bytes: Buffer) {
  const outcome = ingestBytes(store.db, bytes);
  if (outcome.kind === 'refused') throw outcome.error;
  const { capture } = outcome;
  const ignored = store.db.prepare('SELECT ignored FROM captures WHERE id = ?').pluck().get(capture) as number;
  const events = [...queryEvents(store.db, { capture })].map((event) => `${event.source} ${event.type} ${event.at_ns}`);
  return { events, ignored, rejected: outcome.rejected };
}

it.each([
  ['sk_data_ready', 'another name', 'name: sk_data_ready\n', 'name: sk_data_rEady\n'],
  ['sk_data_ready', 'another system', 'sock\0', 'sick\0'],
  ['sys_enter_close', 'another call', 'name: sys_enter_close\n', 'name: sys_enter_clOse\n'],
])('%s under %s', (type, _, from, to) => {
  const file = bytesOf('listen-errors');
  const whole = take(file);
  const other = take(
    changed(file, (copy) => {
      const formats = copy.indexOf('\x17\x08\x44tracing');
      const at = copy.indexOf(from, formats);
      expect(at).toBeGreaterThan(formats);
      copy.write(to, at, 'latin1');
    }),
  );
  const gone = from === 'sock\0' ? /^\d+ (sk_data_ready|inet_sock_set_state) / : new RegExp(`^\\d+ ${type} `);
  const rest = whole.events.filter((event) => !gone.test(event));
  expect(rest.length).toBeLessThan(whole.events.length);
  const sources = (events: readonly string[]): string[] => events.map((event) => event.split(' ')[0]);
  expect(sources(other.events)).toEqual(sources(rest));
  expect(other.ignored).toBe(whole.ignored + whole.events.length - rest.length);
  expect(other.rejected).toBe(0);
});
