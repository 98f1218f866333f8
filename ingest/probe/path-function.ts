// Kernel functions of the listen/accept path that tracers and kprobes may have recorded, and which argument of each is a socket.

/** Index of the `struct sock *` among a function's arguments, -1 where there is none. */
export const PATH_FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ['__sys_listen', -1],
  ['__sys_listen_socket', -1],
  ['__sys_accept4', -1],
  ['__sys_accept4_file', -1],
  ['do_accept', -1],
  ['inet_listen', -1],
  ['__inet_listen_sk', 0],
  ['inet_csk_listen_start', 0],
  ['inet_csk_listen_stop', 0],
  ['inet_accept', -1],
  ['__inet_accept', -1],
  ['inet_csk_accept', 0],
  ['inet_csk_wait_for_connect', 0],
  ['inet_csk_complete_hashdance', 0],
  ['inet_csk_reqsk_queue_add', 0],
  ['inet_csk_reqsk_queue_hash_add', 0],
  ['inet_csk_reqsk_queue_drop', 0],
  ['inet_csk_reqsk_queue_drop_and_put', 0],
  ['inet_child_forget', 0],
  ['inet_rtx_syn_ack', 0],
  ['reqsk_timer_handler', -1],
  ['tcp_conn_request', 2],
  ['tcp_v4_conn_request', 0],
  ['tcp_v6_conn_request', 0],
  ['tcp_v4_syn_recv_sock', 0],
  ['tcp_v6_syn_recv_sock', 0],
  ['tcp_check_req', 0],
  ['tcp_child_process', 0],
  ['tcp_get_cookie_sock', 0],
  ['cookie_v4_check', 0],
  ['cookie_v6_check', 0],
  ['sock_def_readable', 0],
  ['unix_listen', -1],
  ['unix_accept', -1],
  ['unix_stream_connect', -1],
]);

/** What compilers add to the name of a copy of a whole function (`.isra.0`, `.constprop.0`, `.llvm.123`). Others are parts of one. */
const COPY = /\.(isra|constprop|llvm)\.\d+/g;

/** The path's function that a symbol is; null when it is none. */
export function pathFunction(symbol: string): string | null {
  const name = symbol.includes('.') ? symbol.replace(COPY, '') : symbol;
  return PATH_FUNCTIONS.has(name) ? name : null;
}
