// Trace events as lines of text, as trace.bt prints them: whose program an event is, and the model's own lines for a program.
import type { KernelProfile } from '../../core/kernel/profile.ts';
import { PORTS_PER_PROGRAM, type Program, type Run } from '../../replay/kernel.ts';
import { ModelKernel } from '../../replay/model/model-kernel.ts';
import { type ModelEvent, TraceRecorder } from '../../replay/model/trace-recorder.ts';
import { portBaseOf } from './linux-kernel.ts';

function lineOf(event: ModelEvent): string {
  switch (event.event) {
    case 'inet_sock_set_state':
      return `inet_sock_set_state ${event.oldState}>${event.newState} ${event.sport}:${event.dport} ${event.ackBacklog}/${event.maxAckBacklog}`;
    case 'sk_data_ready':
      return `sk_data_ready ${event.port} ${event.ackBacklog}/${event.maxAckBacklog}`;
    case 'tcp_send_reset':
    case 'tcp_receive_reset':
      return `${event.event} ${event.sport}:${event.dport} ${event.state}`;
    default:
      return `${event.event} ${event.sport}:${event.dport}`;
  }
}

/** FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING: ends of connections wait for delayed acknowledgements; the path itself does not. */
const ENDS = new Set(['4', '5', '9', '11']);

function onPath(line: string): boolean {
  if (line.startsWith('tcp_destroy_sock')) return false;
  const states = /^inet_sock_set_state (\d+)>(\d+)|^tcp_receive_reset \d+:\d+ (\d+)/.exec(line) ?? [];
  return !states.slice(1).some((state) => ENDS.has(state));
}

/** By its ports: each program has some to itself. */
function ofProgram(index: number): (line: string) => boolean {
  const base = portBaseOf(index);
  const own = (port: string | undefined): boolean => Number(port) >= base && Number(port) < base + PORTS_PER_PROGRAM;
  return (line) => {
    const ports = /^\w+ (?:\d+>\d+ )?(\d+)(?::(\d+))?/.exec(line);
    return own(ports?.[1]) || own(ports?.[2]);
  };
}

export interface Traced {
  readonly model: readonly string[];
  /** As many as the model has: what comes after the last step is the player's clean-up. */
  readonly kernel: readonly string[];
}

/**
 * The events of one program, side by side.
 * @param lines all that the kernel fired, in order. @param form what of a line the recording has; null for a line that it lacks.
 */
export function tracedBy(
  profile: KernelProfile,
  program: Program,
  index: number,
  run: Run,
  lines: readonly string[],
  form: (line: string) => string | null = (line) => line,
): Traced {
  const trace = new TraceRecorder();
  new ModelKernel({ profile, portBase: portBaseOf(index), trace }).playOne(program, run);
  const model = trace.events
    .map(lineOf)
    .filter(onPath)
    .filter(ofProgram(index))
    .map(form)
    .filter((line) => line !== null);
  const kernel = lines.filter(onPath).filter(ofProgram(index)).slice(0, model.length);
  return { model, kernel };
}
