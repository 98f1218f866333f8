// Builds the report from the projections' rows: listeners, findings, verdict.
import { evidenceOf } from '../event/capture.ts';
import { errnoName } from '../kernel/errno.ts';
import { overflowsOf } from './capacity.ts';
import { type About, listenerName } from './finding/about.ts';
import { acceptFailed } from './finding/accept-failed.ts';
import { acceptQueueOverflow } from './finding/accept-queue-overflow.ts';
import { backlogBelowBurst } from './finding/backlog-below-burst.ts';
import { backlogClamped } from './finding/backlog-clamped.ts';
import { withCost } from './finding/cost.ts';
import { countersSayMore } from './finding/counters-say-more.ts';
import { functionsOnly } from './finding/functions-only.ts';
import { captureLost, coarseTimes, notReadToEnd, orphanAcceptors, unseenArrivals } from './finding/incomplete.ts';
import { listenFailed } from './finding/listen-failed.ts';
import { queueAtCapacity, readFull } from './finding/queue-at-capacity.ts';
import { relistenStorm } from './finding/relisten-storm.ts';
import { reuseportUnbalanced } from './finding/reuseport-unbalanced.ts';
import { slowAcceptor, stalledAcceptor } from './finding/slow-acceptor.ts';
import { synFlood, synQueueFull } from './finding/syn-queue.ts';
import { thunderingHerd } from './finding/thundering-herd.ts';
import { unansweredSyns } from './finding/unanswered-syns.ts';
import type { CaptureInput, ReportOptions } from './input.ts';
import { listenerReport, seesAccepts } from './listener-report.ts';
import type { CaptureReport, Finding, ListenCallReport, ListenerReport, Report, Severity } from './model.ts';
import { overlapsOf, sameSpan, spanOf } from './overlap.ts';
import { verdictOf } from './verdict.ts';

const ORDER: readonly Severity[] = ['critical', 'warning', 'info'];

function captureReport(input: CaptureInput, overlaps: readonly number[]): CaptureReport {
  const { wall_offset: wallOffset, probes, pointers, ...capture } = input.capture;
  const counted = input.gaps.filter((gap) => gap.kind === 'lost');
  const totals = input.gaps.filter((gap) => gap.kind === 'lost_samples');
  // per-buffer notices and per-event totals count the same losses twice: the larger of the two is reported
  const sum = (gaps: typeof counted): number => gaps.reduce((all, gap) => all + (gap.count ?? 0), 0);
  const unknown = input.gaps.some((gap) => gap.count === null);
  const startedAt =
    wallOffset === null || capture.origin === null
      ? null
      : new Date(Number((BigInt(wallOffset) + BigInt(capture.origin)) / 1000000n));
  return {
    ...capture,
    started_at: startedAt === null || Number.isNaN(startedAt.getTime()) ? null : startedAt.toISOString(),
    lost: {
      count: unknown && sum(counted) + sum(totals) === 0 ? null : Math.max(sum(counted), sum(totals)),
      gaps: input.gaps.length - totals.length + (totals.length > 0 && counted.length === 0 ? 1 : 0),
    },
    overlaps,
    evidence: evidenceOf(probes, pointers),
    counters: Object.fromEntries(input.counters.map(({ name, growth }) => [name, growth])),
  };
}

function findingsOf(
  input: CaptureInput,
  capture: CaptureReport,
  listeners: readonly ListenerReport[],
  calls: readonly ListenCallReport[],
): Finding[] {
  const findings: (Finding | null)[] = [
    notReadToEnd(capture),
    captureLost(capture),
    coarseTimes(capture),
    orphanAcceptors(input),
    countersSayMore(capture, listeners),
    functionsOnly(input),
    ...listenFailed(calls),
    ...relistenStorm(listeners),
    ...reuseportUnbalanced(listeners),
  ];
  listeners.forEach((listener, index) => {
    const { refusals, accept_failures: failures, synack_retransmits: synackRetransmits } = input.listeners[index];
    const accepts = seesAccepts(input.capture.probes);
    const overflows = overflowsOf(refusals, accepts ? listener.backlog.capacity : null);
    const explained = new Set(overflows);
    const about: About = {
      listener,
      name: listenerName(listener),
      overflows,
      unexplained: refusals.filter(
        (refusal) => listener.overflows.evidence !== 'functions' && refusal.kind === 'syn' && !explained.has(refusal),
      ),
      failures,
      synackRetransmits,
      kernel: capture.kernel,
      lifeNs: (listener.closed_at_ns ?? capture.duration_ns) - (listener.opened_at_ns ?? 0),
    };
    findings.push(
      acceptQueueOverflow(about),
      unansweredSyns(about),
      // a queue that nothing is seen leaving looks full and unserved
      accepts ? queueAtCapacity(about) : readFull(about),
      accepts ? stalledAcceptor(about) : null,
      backlogClamped(about),
      backlogBelowBurst(about),
      slowAcceptor(about),
      thunderingHerd(about),
      acceptFailed(about),
      synFlood(about, capture),
      synQueueFull(about, capture),
      unseenArrivals(capture, listener),
    );
  });
  return findings.filter((finding) => finding !== null);
}

/** The report over one or several captures. Same input, same report. */
export function buildReport(inputs: readonly CaptureInput[], options: ReportOptions): Report {
  const captures: CaptureReport[] = [];
  const listeners: ListenerReport[] = [];
  const calls: ListenCallReport[] = [];
  const findings: Finding[] = [];
  const overlaps = overlapsOf(
    inputs.map(({ capture }) => capture.id),
    inputs.map(({ capture: { host, wall_offset, origin, duration_ns } }) =>
      spanOf(host, wall_offset, origin, duration_ns),
    ),
  );
  for (const [k, input] of inputs.entries()) {
    const capture = captureReport(input, overlaps[k]);
    const ownCalls = input.listenCalls.map((call) => ({
      capture: capture.id,
      ...call,
      error: call.result === null ? null : errnoName(call.result),
    }));
    const own = input.listeners.map((listener) => listenerReport(input, listener, options));
    captures.push(capture);
    calls.push(...ownCalls);
    listeners.push(...own);
    findings.push(...findingsOf(input, capture, own, ownCalls).map(withCost));
  }
  findings.push(...sameSpan(captures));
  const drops = new Map(listeners.map((listener) => [listener.id, listener.overflows.count ?? 0]));
  const weight = (finding: Finding): number => (finding.listener === null ? 0 : (drops.get(finding.listener) ?? 0));
  findings.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || weight(b) - weight(a));
  const verdict = verdictOf(listeners, findings);
  // what the verdict is comes first among its like
  const isVerdict = ({ id, listener }: Finding): boolean => id === verdict.finding && listener === verdict.listener;
  const first = findings.find(({ severity }) => severity === verdict.severity);
  const told = findings.find(isVerdict);
  if (told !== undefined && first !== undefined && first !== told) {
    findings.splice(findings.indexOf(told), 1);
    findings.splice(findings.indexOf(first), 0, told);
  }
  return {
    schema: 'acceptq.report/1',
    generated_by: `acceptq ${options.version}`,
    verdict,
    captures,
    listen_calls: calls,
    listeners,
    findings,
  };
}
