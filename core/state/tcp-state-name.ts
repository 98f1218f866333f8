// TCP states as the kernel and ss call them.

const NAMES: readonly string[] = [
  'UNKNOWN',
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
export const tcpStateName = (state: number): string => NAMES[state] ?? String(state);
