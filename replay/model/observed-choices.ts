// The kernel's own choices, read back from what a real kernel did in the same step: ports by getsockname(), reuseport members by their queues.
import { type Choices, firstChoices, type Host } from '../../core/kernel/host.ts';
import type { Sock } from '../../core/kernel/sock.ts';
import type { Observation, Step, StepOutcome } from '../kernel.ts';

export function observedChoices(host: Host, step: Step, observed: StepOutcome | null): Choices {
  if (observed === null) return firstChoices;
  const isOwn = (seen: Observation): boolean => seen.task === step.task && seen.fd === step.args[0];
  // the call's own socket first: others may have changed in the same step, late
  const ports = [...observed.changed.filter(isOwn), ...observed.changed.filter((seen) => !isOwn(seen))].map(
    (seen) => seen.port,
  );
  return {
    bindPort: (low, high, free) =>
      ports.find((port) => port >= low && port <= high && free(port)) ?? firstChoices.bindPort(low, high, free),
    // A client's port is free by its four-tuple; whether the kernel had to look further is its secret.
    connectPort: (low, high, free) =>
      ports.find((port) => port >= low && port <= high && free(port)) ?? firstChoices.connectPort(low, high, free),
    reuseportMember: (members) => chosen(host, members, observed) ?? members[0],
  };
}

/** The member whose queue grew, that dropped, or whose sleeping acceptor returned. */
function chosen(host: Host, members: readonly Sock[], observed: StepOutcome): Sock | undefined {
  const seen = members.map((member) => observed.changed.find((look) => isOf(host, look, member)));
  const by = (test: (look: Observation, member: Sock) => boolean): Sock | undefined =>
    members.find((member, at) => {
      const look = seen[at];
      return look !== undefined && test(look, member);
    });
  return (
    by((look, member) => look.ackBacklog > member.ackBacklog) ??
    by((look, member) => look.drops > member.drops) ??
    members.find((member) => member.waiters.some(({ task }) => observed.returned.some(([id]) => id === task.id)))
  );
}

function isOf(host: Host, look: Observation, member: Sock): boolean {
  return host.tasks[look.task]?.files.raw(look.fd)?.socket?.sk === member;
}
