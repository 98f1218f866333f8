// The capture does not hold everything that happened: said first, because it limits what every figure is worth.
import type { CaptureInput } from '../input.ts';
import type { CaptureReport, Finding, ListenerReport } from '../model.ts';
import { plural } from '../units.ts';
import { listenerName } from './about.ts';

export function captureLost(capture: CaptureReport): Finding | null {
  if (capture.lost.gaps === 0 && capture.rejected === 0 && capture.out_of_order === 0) return null;
  const parts = [
    capture.lost.gaps > 0
      ? `${capture.lost.count === null ? 'records' : plural(capture.lost.count, 'record')} lost in ${plural(capture.lost.gaps, 'gap')}`
      : '',
    capture.rejected > 0
      ? `${plural(capture.rejected, 'stretch')} of the file unreadable`.replace('stretchs', 'stretches')
      : '',
    capture.out_of_order > 0 ? `${plural(capture.out_of_order, 'event')} out of order` : '',
  ].filter((part) => part !== '');
  return {
    id: 'capture-incomplete',
    severity: 'warning',
    listener: null,
    title: `Figures are bounds: ${parts.join(', ')}`,
    why: 'What was lost may have been arrivals or accepts: counts are lower bounds; lengths and waits are estimates around the gaps.',
    evidence: { lost: capture.lost.count, gaps: capture.lost.gaps, rejected: capture.rejected },
    advice:
      capture.lost.gaps > 0
        ? 'Record with a larger buffer (perf record -m 4096), or fewer events.'
        : 'Record again; the first damaged offsets are listed in the JSON report.',
  };
}

/** Reading was interrupted, or goes on: what there is, is the beginning. */
export function notReadToEnd(capture: CaptureReport): Finding | null {
  if (capture.ending === 'complete') return null;
  const { path, events } = capture;
  const open = capture.ending === 'open';
  const isPipe = capture.sha256 === null;
  return {
    id: 'capture-not-read-to-end',
    severity: 'warning',
    listener: null,
    title: `Only the beginning of ${path}: ${plural(events, 'event')}${open ? ' so far' : ''}`,
    why: open
      ? 'It is being read now, or reading it was interrupted. What came later is in no figure here.'
      : 'The process that read it was stopped, and what it read from cannot be read again.',
    evidence: { events, duration_ns: capture.duration_ns },
    advice: open
      ? isPipe
        ? 'Ask again later; acceptq captures says whether a process reads on.'
        : 'If no process reads it, run the same acceptq ingest command again: it goes on from where it stopped.'
      : 'Use it for what it holds; record again for the rest.',
  };
}

/** Accepts without arrivals although the recorder reports no loss: seen with per-task recordings and with idle CPUs. */
export function unseenArrivals(capture: CaptureReport, listener: ListenerReport): Finding | null {
  const { unseen_arrivals: arrivals, unseen_accepts: accepts } = listener.confidence;
  if (arrivals + accepts === 0 || listener.enqueued === 0) return null;
  const what =
    arrivals > 0
      ? `${plural(arrivals, 'connection')} accepted at ${listenerName(listener)} never arrived in the capture`
      : `${plural(accepts, 'connection')} left the queue of ${listenerName(listener)} without a recorded accept()`;
  return {
    id: 'capture-blind-spot',
    severity: 'warning',
    listener: listener.id,
    title: what,
    why:
      arrivals > 0
        ? `${capture.lost.gaps === 0 ? 'The recorder reports no loss, but it' : 'The recorder'} did not see them. A recording of single tasks misses arrivals that interrupt other tasks; on some virtual machines events on an idle CPU are missing.`
        : 'They were taken by a call that is not traced (io_uring, a 32-bit process), or the accept() events were lost.',
    evidence: { unseen_arrivals: arrivals, unseen_accepts: accepts },
    advice:
      arrivals > 0
        ? 'Record the whole system (perf record -a).'
        : 'Record syscalls:sys_exit_accept and sys_exit_accept4 of all tasks; io_uring has its own tracepoints.',
  };
}

export function orphanAcceptors(input: CaptureInput): Finding | null {
  const accepted = input.orphanAcceptors.reduce((sum, acceptor) => sum + acceptor.accepted, 0);
  if (accepted === 0) return null;
  const who = input.orphanAcceptors
    .map((acceptor) => `${acceptor.comm ?? 'pid'} ${acceptor.pid} (fd ${acceptor.fd})`)
    .slice(0, 4)
    .join(', ');
  return {
    id: 'accepts-without-listener',
    severity: 'info',
    listener: null,
    title: `${plural(accepted, 'accept')} could not be tied to a listener`,
    why: `${who}: the listener is older than the capture and nothing recorded shows which one it is.`,
    evidence: { accepted, tasks: input.orphanAcceptors.length },
    advice:
      'Record close() as well (syscalls:sys_enter_close, sys_exit_close): closing an accepted connection shows where it came from.',
  };
}

/** Texts of tools that print no times, or whole seconds: what is shorter than that is not in them. */
export function coarseTimes(capture: CaptureReport): Finding | null {
  const none = capture.clock.startsWith('order of lines');
  if (!none && !capture.clock.includes('whole seconds')) return null;
  return {
    id: 'times-coarse',
    severity: 'warning',
    listener: null,
    title: none
      ? 'The text has no times: durations here count lines, not time'
      : 'The text has times in whole seconds: what took less shows as 0, and order within a second is that of the lines',
    why: 'The tool prints no finer time. Counts and order are as good as the text; waits and lengths over time are not.',
    evidence: { clock: capture.clock },
    advice: 'Record with perf or bpftrace (acceptq probe), or have the tool print times: tcpstates -t, tcpaccept -t.',
  };
}
