// sk_acceptq_is_full (include/net/sock.h): the accept queue is full when its length exceeds the backlog, not when it reaches it.

/** True when a SYN or a final ACK is refused: sk_ack_backlog > sk_max_ack_backlog. Every released mainline kernel read has `>`. */
export const skAcceptqIsFull = (skAckBacklog: number, skMaxAckBacklog: number): boolean =>
  skAckBacklog > skMaxAckBacklog;

/** How many connections the accept queue of a TCP listener admits: backlog + 1, by the comparison above. */
export const acceptQueueCapacity = (skMaxAckBacklog: number): number => skMaxAckBacklog + 1;
