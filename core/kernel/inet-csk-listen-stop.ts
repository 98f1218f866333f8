// inet_csk_listen_stop (net/ipv4/inet_connection_sock.c): what becomes of the connections that nobody accepted.

import { inetCskDestroySock } from './inet-csk-destroy-sock.ts';
import { inetCskReqskQueueAdd } from './inet-csk-reqsk-queue-add.ts';
import { reqskQueueDrop } from './reqsk-queue.ts';
import { reuseportMigrateSock } from './reuseport.ts';
import { skDataReady } from './sk-data-ready.ts';
import type { Sock } from './sock.ts';
import { tcpDisconnect } from './tcp-disconnect.ts';

/**
 * Empties the accept queue of a sock that just stopped listening, oldest first: each child moves to another member of the reuseport
 * group (tcp_migrate_req), or is reset. Requests without their final ACK stay (4.4 and later): their timer or next segment finds them.
 */
export function inetCskListenStop(sk: Sock): void {
  const queue = sk.queue;
  if (queue === null) return;
  const { host } = sk.net;
  for (let req = queue.head; req !== null; req = queue.head) {
    queue.head = req.nextQueued;
    req.nextQueued = null;
    sk.ackBacklog--;
    const child = req.sk as Sock;
    const heir = host.profile.migration ? reuseportMigrateSock(sk) : null;
    if (heir !== null) {
      // No check of the heir's backlog.
      sk.net.mib.TCPMigrateReqSuccess++;
      if (child.fastopenRsk === req) req.listener = heir;
      inetCskReqskQueueAdd(heir, req, child);
      if (host.profile.migrationWakes) skDataReady(heir);
      continue;
    }
    // The reset is on its way before the client sees it.
    sk.net.withBottomHalvesOff(() => inetChildForget(child));
  }
  queue.tail = null;
  if (host.profile.halfOpenAtClose === 'destroyed') for (const req of [...queue.table]) reqskQueueDrop(req);
}

/** inet_child_forget: the child is reset and destroyed. */
function inetChildForget(child: Sock): void {
  tcpDisconnect(child);
  if (child.fastopenRsk !== null) child.net.host.timers.remove(child.fastopenRsk);
  child.fastopenRsk = null;
  child.dead = true;
  inetCskDestroySock(child);
}
