// Names of interned things from a store, looked up when asked for.
import type { Names } from '../event/trace-event.ts';
import { formatEndpoint } from '../report/units.ts';
import type { Connection } from './store.ts';

export function storedNames(db: Connection): Names {
  const text = db.prepare('SELECT text FROM strings WHERE id = ?').pluck();
  const address = db.prepare('SELECT address FROM addresses WHERE id = ?').pluck();
  const endpoint = db.prepare('SELECT address, port FROM endpoints WHERE id = ?');
  const addressOf = (id: number): string => (address.get(id) as string | undefined) ?? '?';
  return {
    string: (id) => (text.get(id) as string | undefined) ?? '?',
    address: addressOf,
    socket: addressOf,
    endpoint: (id) => {
      const row = endpoint.get(id) as { address: string; port: number } | undefined;
      return (row && formatEndpoint(row.address, row.port)) ?? '?';
    },
  };
}
