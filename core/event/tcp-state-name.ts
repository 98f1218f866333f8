// TCP states as the kernel, ss and the texts of events call them; a batch carries their numbers.

/** Names without TCP_ (include/net/tcp_states.h, up to 7.2); the place in the list, from 1, is the number. */
export const TCP_STATE_NAMES: readonly string[] = [
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

/** The name of a number that inet_sock_set_state carries; the number itself when no kernel up to 7.2 has it. */
export const tcpStateName = (state: number): string =>
  state === 0 ? 'UNKNOWN' : (TCP_STATE_NAMES[state - 1] ?? String(state));
