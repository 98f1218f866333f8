// tracefs text of the path's tracepoints as the lines of trace.bt, without what the text leaves out: queue lengths, and the sock.
const STATES = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

/** Events whose text names both ports in every release from 5.10 on. */
export const TRACEFS_EVENTS = ['sock/inet_sock_set_state', 'tcp/tcp_retransmit_synack'] as const;

const LINE = /: (inet_sock_set_state|tcp_retransmit_synack): .*sport=(\d+) dport=(\d+)/;
const CHANGE = /protocol=IPPROTO_TCP .*oldstate=TCP_(\w+) newstate=TCP_(\w+)/;

export function tracefsLines(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, event, sport, dport] = LINE.exec(line) ?? [];
    if (event === undefined) return [];
    if (event !== 'inet_sock_set_state') return [`${event} ${sport}:${dport}`];
    const [, oldState, newState] = CHANGE.exec(line) ?? [];
    if (oldState === undefined) return [];
    return [`${event} ${STATES.indexOf(oldState)}>${STATES.indexOf(newState)} ${sport}:${dport}`];
  });
}

/** The part of a line of trace.bt that tracefs text has. */
export function tracefsForm(line: string): string | null {
  const [event, ...words] = line.split(' ');
  if (event === 'inet_sock_set_state') return [event, words[0], words[1]].join(' ');
  return event === 'tcp_retransmit_synack' ? line : null;
}
