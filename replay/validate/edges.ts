// The edges of TCP's states as inet_sock_set_state shows them on the listen/accept path and after it.
import {
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
  TCP_TIME_WAIT,
} from '../../core/kernel/tcp-state.ts';

const AFTER: Readonly<Record<number, readonly number[]>> = {
  [TCP_CLOSE]: [TCP_LISTEN, TCP_SYN_SENT],
  // to SYN_RECV: a child, which is born as a copy of its listener
  [TCP_LISTEN]: [TCP_CLOSE, TCP_SYN_RECV],
  // to SYN_RECV: a simultaneous open
  [TCP_SYN_SENT]: [TCP_ESTABLISHED, TCP_SYN_RECV, TCP_CLOSE],
  // fast open children may end before their handshake does
  [TCP_SYN_RECV]: [TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_CLOSE_WAIT, TCP_CLOSE],
  [TCP_ESTABLISHED]: [TCP_FIN_WAIT1, TCP_CLOSE_WAIT, TCP_CLOSE],
  [TCP_FIN_WAIT1]: [TCP_FIN_WAIT2, TCP_CLOSING, TCP_CLOSE],
  [TCP_FIN_WAIT2]: [TCP_CLOSE],
  [TCP_CLOSE_WAIT]: [TCP_LAST_ACK, TCP_CLOSE],
  [TCP_CLOSING]: [TCP_CLOSE],
  [TCP_LAST_ACK]: [TCP_CLOSE],
  // tcp_time_wait: the full sock of a connection that goes on as a TIME_WAIT shows itself as CLOSE
  [TCP_TIME_WAIT]: [TCP_CLOSE],
};

const ALLOWED = new Uint16Array(16);
for (const [from, targets] of Object.entries(AFTER)) for (const to of targets) ALLOWED[Number(from)] |= 1 << to;

/** Whether one state leads to another by edges that were not seen. */
export function reaches(from: number, to: number): boolean {
  let reached = 1 << from;
  for (let before = 0; before !== reached; ) {
    before = reached;
    for (let state = 1; state < 12; state++) if (((reached >> state) & 1) === 1) reached |= ALLOWED[state];
  }
  return ((reached >> to) & 1) === 1;
}

/** Whether the kernel ever moves a TCP socket from one state to the other. Same in 2.6.24 to 7.2. */
export const isTcpEdge = (from: number, to: number): boolean => ((ALLOWED[from & 15] >> to) & 1) === 1;
