// The rules that a validation checks: the kernel function that holds each, and since when it reads as the model has it.

export interface Rule {
  /** Kernel function. */
  readonly where: string;
  /** What it says, in a sentence. */
  readonly says: string;
}

export const RULES = {
  sys_socket: { where: '__sys_socket', says: 'family, type and protocol decide whether there is a socket' },
  sys_bind: { where: '__sys_bind, inet_bind', says: 'a socket is bound once' },
  sys_listen: { where: '__sys_listen, inet_listen', says: 'which socket may listen' },
  listen_clamp: { where: '__sys_listen', says: 'sk_max_ack_backlog is the backlog, as unsigned, or somaxconn' },
  listen_start: { where: 'inet_csk_listen_start', says: 'CLOSE to LISTEN inside a listen() that succeeds' },
  listen_stop: { where: 'inet_csk_listen_stop', says: 'a listener that stops resets what nobody accepted' },
  sys_accept: { where: '__sys_accept4', says: 'flags and descriptor are checked before the queue' },
  accept_take: { where: 'inet_csk_accept', says: 'accept() takes the oldest connection of a queue that is not empty' },
  accept_empty: { where: 'inet_csk_accept', says: 'EAGAIN only when the queue is empty' },
  accept_fifo: { where: 'reqsk_queue_remove', says: 'first in, first out' },
  sys_other: {
    where: 'fs/file.c, net/socket.c',
    says: 'close, dup, shutdown and options of a descriptor that is open',
  },
  sys_connect: { where: 'inet_stream_connect', says: 'connect() returns what became of the handshake' },
  acceptq_full: { where: 'sk_acceptq_is_full', says: 'no child is made while sk_ack_backlog > sk_max_ack_backlog' },
  acceptq_drop: {
    where: 'tcp_conn_request, tcp_v4_syn_recv_sock',
    says: 'a refusal for a full queue needs a full queue',
  },
  synq_drop: { where: 'tcp_conn_request', says: 'a refusal for a full SYN queue needs a full SYN queue' },
  child_made: { where: 'tcp_v4_syn_recv_sock', says: 'a child is a copy of a listener at its address' },
  child_tuple: {
    where: 'inet_csk_clone_lock',
    says: 'whether the child shows its peer at LISTEN to SYN_RECV (since 6.15)',
  },
  data_ready: { where: 'tcp_child_process', says: 'the listener is woken once for each child, right after its change' },
  depth: { where: 'inet_csk_reqsk_queue_add', says: 'sk_ack_backlog counts children that nobody accepted' },
  drops_grow: { where: 'tcp_listendrop', says: 'sk_drops never shrinks' },
  state_edge: {
    where: 'tcp_set_state',
    says: 'a change of state starts where the last one ended, along an edge of TCP',
  },
  syn_timer: { where: 'tcp_retransmit_timer', says: 'a SYN is sent again no sooner than its timer says' },
  synack_timer: { where: 'reqsk_timer_handler', says: 'a SYN-ACK is sent again no sooner than its timer says' },
  counters: {
    where: 'net/ipv4/proc.c',
    says: 'ListenOverflows and ListenDrops grow at least by what was seen refused',
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;
