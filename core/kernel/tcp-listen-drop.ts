// tcp_listendrop (include/net/tcp.h): every refusal of a listener counts in the namespace and on the listener's sock.
import type { Sock } from './sock.ts';

export function tcpListenDrop(sk: Sock): void {
  sk.drops++;
  sk.net.mib.ListenDrops++;
}
