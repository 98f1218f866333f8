// What every finding about a listener is told, and words that several findings share.
import type { AcceptFailure, RefusalInput } from '../input.ts';
import { backlogKnob } from '../knob.ts';
import type { ListenerReport } from '../model.ts';
import { formatEndpoint, formatNs } from '../units.ts';

export interface About {
  readonly listener: ListenerReport;
  /** How people know the listener. */
  readonly name: string;
  /** Refusals that the full accept queue explains. */
  readonly overflows: readonly RefusalInput[];
  /** SYNs that got no answer for a reason not known. */
  readonly unexplained: readonly RefusalInput[];
  /** accept() calls that failed. */
  readonly failures: readonly AcceptFailure[];
  /** SYN-ACKs sent again. */
  readonly synackRetransmits: number;
  /** Kernel release of the capture. */
  readonly kernel: string | null;
  /** How long the listener was there. */
  readonly lifeNs: number;
}

export function listenerName(listener: Pick<ListenerReport, 'address' | 'port' | 'id' | 'family'>): string {
  return (
    formatEndpoint(listener.address, listener.port) ??
    `${listener.family === 'unix' ? 'UNIX ' : ''}listener ${listener.id}`
  );
}

/** `the queue holds 5 (backlog 4 + 1)`, with where the number comes from. */
export function describeCapacity({ backlog }: ListenerReport): string {
  if (backlog.effective === null) return 'how many the queue holds is not known (its listen() is not in the capture)';
  const asked =
    backlog.requested === null
      ? ''
      : backlog.requested >>> 0 === backlog.effective
        ? ''
        : `, listen() asked for ${backlog.requested}`;
  return `the queue holds ${backlog.capacity} (backlog ${backlog.effective} + 1${asked})`;
}

/** The share of overflows that fall into the longest pause of the acceptors; 0 without overflows. */
export function shareInLongestPause({ listener, overflows }: About): number {
  if (overflows.length === 0) return 0;
  const from = listener.pauses.at_ns;
  const to = from + listener.pauses.longest_ns;
  return overflows.filter((refusal) => refusal.at_ns >= from && refusal.at_ns <= to).length / overflows.length;
}

/** How to get a longer queue: by the limit that holds, which is never the SYN queue's tcp_max_syn_backlog. */
export function raiseBacklog({ backlog, opened_by: openedBy, acceptors }: ListenerReport, wanted: number): string {
  if (backlog.limited_by === 'somaxconn') {
    return `raise net.core.somaxconn in the server's network namespace from ${backlog.effective} to ${wanted} or more and restart the server: listen() reads it once`;
  }
  const comm = openedBy?.comm ?? acceptors[0]?.comm ?? null;
  const both = wanted > USUAL_SOMAXCONN ? ', and net.core.somaxconn with it' : '';
  return `raise the backlog to ${wanted} or more (${backlogKnob(comm, wanted)})${both}`;
}

const USUAL_SOMAXCONN = 4096;

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const timeSpan = (from: number, to: number): string =>
  to - from < 1e6 ? `at ${formatNs(from)}` : `from ${formatNs(from)} to ${formatNs(to)}`;

/** A pause of the acceptors counts as a stall from here on. */
export const STALL_NS = 100_000_000;
/** The acceptors cannot keep up when connections waited for this share of the listener's life. */
export const BUSY_SHARE = 0.5;
