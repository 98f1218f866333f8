// Which captures of a store saw the same time of the same host: their figures are about the same connections, and are never added.
import type { CaptureReport, Finding } from './model.ts';

export interface Span {
  readonly host: string | null;
  /** Wall-clock time in ns since 1970; null: the capture does not relate its clock to it, and so to no other capture's. */
  readonly from: bigint | null;
  readonly duration_ns: number;
}

/** Where a capture is in wall-clock time, as far as that is known. */
export const spanOf = (
  host: string | null,
  wallOffset: string | null,
  origin: string | null,
  duration_ns: number,
): Span => ({
  host,
  from: wallOffset === null || origin === null ? null : BigInt(wallOffset) + BigInt(origin),
  duration_ns,
});

/** Not where clocks cannot be related, nor when both name their host and the names differ. */
export function overlap(one: Span, other: Span): boolean {
  if (one.from === null || other.from === null) return false;
  if (one.host !== null && other.host !== null && one.host !== other.host) return false;
  const end = ({ from, duration_ns }: Span): bigint => (from as bigint) + BigInt(Math.ceil(duration_ns));
  return one.from <= end(other) && other.from <= end(one);
}

/** For each capture the numbers of those that overlap it. */
export const overlapsOf = (ids: readonly number[], spans: readonly Span[]): number[][] =>
  spans.map((span, k) => ids.filter((_, other) => other !== k && overlap(span, spans[other])));

/** Groups of captures that are connected by overlaps are named together. */
export function sameSpan(captures: readonly CaptureReport[]): Finding[] {
  const findings: Finding[] = [];
  const told = new Set<number>();
  for (const first of captures) {
    if (told.has(first.id) || first.overlaps.length === 0) continue;
    const group = reachedFrom(first, captures);
    for (const id of group) told.add(id);
    const names = `${group.slice(0, -1).join(', ')} and ${group[group.length - 1]}`;
    findings.push({
      id: 'captures-overlap',
      severity: 'info',
      listener: null,
      title: `Captures ${names} are of the same time: a listener in several of them is one listener, seen by several recorders`,
      why: 'Their clocks are related to wall-clock time, and they name no different hosts. Each has its own line and figures; nothing is added up.',
      evidence: { captures: group.join(' ') },
      advice:
        'Take each figure from the capture that sees most: exact before lower bounds, lower bounds before estimates.',
    });
  }
  return findings;
}

function reachedFrom(first: CaptureReport, captures: readonly CaptureReport[]): number[] {
  const byId = new Map(captures.map((capture) => [capture.id, capture]));
  const group = new Set([first.id]);
  for (const id of group) for (const other of byId.get(id)?.overlaps ?? []) group.add(other);
  return [...group].sort((a, b) => a - b);
}
