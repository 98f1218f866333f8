// Many tasks are woken for one connection, and all but one find the queue empty.
import type { Finding } from '../model.ts';
import { plural } from '../units.ts';
import type { About } from './about.ts';

/** An acceptor that takes until EAGAIN gets one EAGAIN for each time it is woken: one a connection at most. */
const MOST_USUAL = 1.5;
const SERIOUS = 4;
const LEAST_EAGAIN = 50;

export function thunderingHerd({ listener, name }: About): Finding | null {
  const eagain = listener.acceptors.reduce((sum, acceptor) => sum + acceptor.eagain, 0);
  const { accepted } = listener;
  if (accepted === 0 || eagain < LEAST_EAGAIN || eagain / accepted <= MOST_USUAL) return null;
  // one task that asks again and again polls; a herd has several
  const woken = listener.acceptors.filter((acceptor) => acceptor.eagain * 4 > accepted);
  if (woken.length < 2) return null;
  const each = eagain / accepted;
  return {
    id: 'thundering-herd',
    severity: each >= SERIOUS ? 'warning' : 'info',
    listener: listener.id,
    title: `${name} wakes several tasks for each connection: ${each.toFixed(1)} accept() calls in vain for each that took one`,
    why: `${plural(woken.length, 'task')} wait for the same listener in epoll, poll or select and are woken together; ${plural(eagain, 'call')} found the queue empty, ${plural(accepted, 'call')} did not.`,
    evidence: { eagain, accepted, eagain_per_accept: each, tasks: woken.length },
    advice:
      'Add the listener to epoll with EPOLLEXCLUSIVE (nginx: it does by default, leave accept_mutex off; others: see their manual), or give each worker a listener of its own with SO_REUSEPORT (nginx: listen … reuseport).',
  };
}
