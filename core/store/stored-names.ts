// Names of interned things from a store, looked up when asked for.
import type { Names } from '../event/trace-event.ts';
import { formatEndpoint } from '../report/units.ts';
import type { Connection } from './store.ts';

/** So many are remembered of each kind: what stands close together in the log has the same names. */
const MOST = 1 << 15;

/** What an id means never changes; one that is not there yet may come, where another process writes. */
function remembered(look: (id: number) => string | undefined): (id: number) => string {
  const known = new Map<number, string>();
  return (id) => {
    let name = known.get(id);
    if (name !== undefined) return name;
    name = look(id);
    if (name === undefined) return '?';
    if (known.size === MOST) known.clear();
    known.set(id, name);
    return name;
  };
}

export function storedNames(db: Connection): Names {
  const text = db.prepare('SELECT text FROM strings WHERE id = ?').pluck();
  const address = db.prepare('SELECT address FROM addresses WHERE id = ?').pluck();
  const endpoint = db.prepare('SELECT address, port FROM endpoints WHERE id = ?');
  const addressOf = remembered((id) => address.get(id) as string | undefined);
  return {
    string: remembered((id) => text.get(id) as string | undefined),
    address: addressOf,
    socket: addressOf,
    endpoint: remembered((id) => {
      const row = endpoint.get(id) as { address: string; port: number } | undefined;
      return row === undefined ? undefined : (formatEndpoint(row.address, row.port) ?? undefined);
    }),
  };
}
