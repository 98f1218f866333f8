// SYNs that got no answer although nothing shows that the accept queue was full.
import { defaultSomaxconn } from '../../kernel/sys-listen.ts';
import type { Finding } from '../model.ts';
import { formatNs, plural } from '../units.ts';
import type { About } from './about.ts';

const OUTWEIGHED = 4;

export function unansweredSyns({ listener, name, unexplained, overflows, kernel }: About): Finding | null {
  // beside many overflows a few lengths are rebuilt one too short: that is no cause of its own
  if (unexplained.length === 0 || overflows.length >= unexplained.length * OUTWEIGHED) return null;
  const lengths = unexplained.flatMap(({ depth_high: length }) => (length === null ? [] : [length]));
  const longest =
    lengths.length === 0 || listener.bounds.depth === 'unknown' ? null : Math.max(...lengths.slice(0, 1000));
  const clampable = listener.backlog.requested !== null && listener.backlog.effective === null;
  return {
    id: 'unanswered-syns',
    severity: 'warning',
    listener: listener.id,
    title: `${plural(unexplained.length, 'SYN')} to ${name} got no answer`,
    why:
      `The first left its client at ${formatNs(unexplained[0].at_ns)}. ` +
      `${longest === null ? 'How long the accept queue was then is not known' : `The accept queue held ${longest} at most then, ${listener.depth.max} at any time`}; ` +
      'a somaxconn below the requested backlog, a full SYN queue without cookies, or a packet filter would explain it.',
    evidence: {
      syns: unexplained.length,
      longest_queue: longest,
      requested: listener.backlog.requested,
      default_somaxconn: defaultSomaxconn(kernel),
    },
    advice: clampable
      ? "Look up net.core.somaxconn in the server's network namespace and give it: --somaxconn N."
      : 'Compare the namespace counters over the same time: nstat -az TcpExtListenOverflows TcpExtListenDrops TcpExtTCPReqQFullDrop.',
  };
}
