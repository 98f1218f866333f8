// --listener where there are two sides: an address, a port or a path means the same on both, an id does not.
import { listenerName } from '../report/finding/about.ts';
import type { ListenerReport } from '../report/model.ts';

/** @param which `address:port`, `:port` or a path */
export const matchesListener = (listener: ListenerReport, which: string): boolean =>
  /^:\d+$/.test(which)
    ? listener.port === Number(which.slice(1))
    : listenerName(listener) === which || listener.path === which;
