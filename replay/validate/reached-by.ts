// Which listeners a connection to an address may have reached: those at the address itself, else those at the wildcard.
import { ANY4 } from '../../core/kernel/address.ts';
import { AF_INET6 } from '../../core/kernel/sock.ts';
import type { Scene } from './scene.ts';
import type { SeenListener } from './seen-listener.ts';

/** @param local interned endpoint of the connection on this side. */
export function reachedBy(scene: Scene, local: number): SeenListener[] {
  const { port, family } = scene.options.endpoint(local);
  const addr = scene.addr(local);
  const exact: SeenListener[] = [];
  const any: SeenListener[] = [];
  for (const listener of scene.onPort(port)) {
    const own = scene.options.endpoint(listener.local);
    const ownAddr = scene.addr(listener.local);
    if (ownAddr === addr) exact.push(listener);
    else if (ownAddr === ANY4 || (own.address === '::' && (family === AF_INET6 || own.family === AF_INET6)))
      any.push(listener);
  }
  return exact.length > 0 ? exact : any;
}
