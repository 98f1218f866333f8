// The kernel functions of the listen/accept path: the only ones of which function traces and kprobes become events.
import type { StringDictionary } from '../../core/event/dictionary.ts';
import { ByteTable } from '../format/text/byte-table.ts';

/** net/socket.c, net/ipv4/af_inet.c, inet_connection_sock.c, inet_hashtables.c, tcp_*.c, syncookies.c and their IPv6 siblings. */
export const PATH_FUNCTIONS = [
  // listen()
  '__sys_listen',
  '__sys_listen_socket',
  'inet_listen',
  '__inet_listen_sk',
  'inet_csk_listen_start',
  'reqsk_queue_alloc',
  'inet_csk_get_port',
  'inet_csk_listen_stop',
  // accept()
  '__sys_accept4',
  '__sys_accept4_file',
  'do_accept',
  'inet_accept',
  '__inet_accept',
  'inet_csk_accept',
  'inet_csk_wait_for_connect',
  'reqsk_queue_remove',
  // a SYN arrives
  'tcp_conn_request',
  'tcp_v4_conn_request',
  'tcp_v6_conn_request',
  'tcp_v4_send_synack',
  'tcp_v6_send_synack',
  'tcp_syn_flood_action',
  'inet_csk_reqsk_queue_hash_add',
  // the handshake ends
  'tcp_check_req',
  'tcp_v4_syn_recv_sock',
  'tcp_v6_syn_recv_sock',
  'tcp_create_openreq_child',
  'inet_csk_clone_lock',
  'inet_csk_complete_hashdance',
  'inet_csk_reqsk_queue_add',
  'tcp_child_process',
  'tcp_get_cookie_sock',
  'cookie_v4_check',
  'cookie_v6_check',
  'cookie_v4_init_sequence',
  'cookie_v6_init_sequence',
  'tcp_try_fastopen',
  'tcp_fastopen_create_child',
  // requests end without a child
  'reqsk_timer_handler',
  'inet_csk_reqsk_queue_drop',
  'inet_csk_reqsk_queue_drop_and_put',
  'inet_child_forget',
  'inet_rtx_syn_ack',
  'tcp_rtx_synack',
  'tcp_listendrop',
  'sock_def_readable',
] as const;

const TABLE = new ByteTable(PATH_FUNCTIONS);
const DOT = 46;

export class PathFunctions {
  /** Interned names by their place in PATH_FUNCTIONS; 0 until one is needed. */
  private readonly ids = new Int32Array(PATH_FUNCTIONS.length);
  private readonly strings: StringDictionary;

  constructor(strings: StringDictionary) {
    this.strings = strings;
  }

  /** The interned name of a function of the path; -1 for any other. Endings of the compiler (`.isra.0`) are left out. */
  find(bytes: Uint8Array, from: number, to: number): number {
    let end = from;
    while (end < to && bytes[end] !== DOT) end++;
    const index = TABLE.find(bytes, from, end);
    if (index < 0) return -1;
    if (this.ids[index] === 0) this.ids[index] = this.strings.intern(PATH_FUNCTIONS[index]);
    return this.ids[index];
  }
}
