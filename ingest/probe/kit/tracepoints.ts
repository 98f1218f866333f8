// The tracepoints of each tier, for the tools that record tracepoints as they are: perf, trace-cmd and tracefs itself.
import { isSince, type KitOptions } from './options.ts';

const pair = (...calls: string[]): string[] =>
  calls.flatMap((call) => [`syscalls:sys_enter_${call}`, `syscalls:sys_exit_${call}`]);

/** Events whose own ports tell whether they belong to a listener. */
export const WITH_PORTS: readonly string[] = [
  'sock:inet_sock_set_state',
  'tcp:tcp_retransmit_skb',
  'tcp:tcp_retransmit_synack',
];

/**
 * What to record, in order of importance. light: listeners, arrivals and acceptors; standard: which fd is which socket, and clients on the
 * host; full: processes, resets and drops with their reasons.
 */
export function tracepointsOf(options: KitOptions): string[] {
  const events = [...pair('listen', 'accept', 'accept4'), 'sock:inet_sock_set_state'];
  if (isSince(options, 6, 3)) events.push('sock:sk_data_ready');
  if (options.tier === 'light') return events;
  events.push(...pair('socket', 'close'), 'tcp:tcp_retransmit_skb', 'tcp:tcp_retransmit_synack');
  if (options.tier === 'standard') return events;
  events.push(
    ...pair('bind', 'connect', 'shutdown', 'dup', 'dup2', 'dup3', 'fcntl', 'clone', 'execve'),
    ...(isSince(options, 5, 3) ? pair('clone3') : []),
    ...(isSince(options, 5, 9) ? pair('close_range') : []),
    'tcp:tcp_send_reset',
    'tcp:tcp_receive_reset',
    'skb:kfree_skb',
    'sched:sched_process_fork',
    'sched:sched_process_exec',
    'sched:sched_process_exit',
    'task:task_rename',
  );
  return events;
}

/** The filter of an event for one port, as tracefs and perf write it; null for an event without ports. */
export const portFilter = (event: string, port: number): string | null =>
  WITH_PORTS.includes(event) ? `sport==${port}||dport==${port}` : null;
