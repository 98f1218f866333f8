// --listener: one listener by address and port, by port, or by id.
import { listenerName } from '../../core/report/finding/about.ts';
import type { ListenerReport, Report } from '../../core/report/model.ts';
import { verdictOf } from '../../core/report/verdict.ts';
import { UsageError } from '../result.ts';

function matches(listener: ListenerReport, which: string): boolean {
  if (/^\d+$/.test(which)) return listener.id === Number(which);
  if (/^:\d+$/.test(which)) return listener.port === Number(which.slice(1));
  return listenerName(listener) === which || listener.path === which;
}

/** The report about the matching listeners only. Throws UsageError when none matches. */
export function selectListeners(report: Report, which: string): Report {
  const listeners = report.listeners.filter((listener) => matches(listener, which));
  if (listeners.length === 0) {
    const known = report.listeners.map((listener) => `${listenerName(listener)} (id ${listener.id})`).join(', ');
    throw new UsageError(`no listener ${which}; there ${known === '' ? 'is none' : `are: ${known}`}`);
  }
  const ids = new Set(listeners.map((listener) => listener.id));
  const findings = report.findings.filter((finding) => finding.listener === null || ids.has(finding.listener));
  return {
    ...report,
    verdict: verdictOf(
      listeners,
      findings.filter((finding) => finding.listener !== null),
    ),
    listeners,
    findings,
    listen_calls: report.listen_calls.filter((call) => call.listener !== null && ids.has(call.listener)),
  };
}
