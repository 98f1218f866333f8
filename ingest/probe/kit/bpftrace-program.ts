// The bpftrace program that acceptq ships: one line an event, with the fields of struct sock read at that instant. docs of the lines: own-line.ts.
import { isSince, type KitOptions } from './options.ts';

const WHO = 'nsecs, cpu, pid, tid';
const HEAD = '%llu %d %d %d';
const TASK = '((struct task_struct *)curtask)';

/** A block with its probes in front; an empty filter is none. */
const block = (probes: readonly string[], filter: string, ...lines: string[]): string =>
  `${probes.join(',\n')}${filter === '' ? '' : ` /${filter}/`} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;

const both = (...filters: string[]): string => filters.filter((filter) => filter !== '').join(' && ');

/** Prints which socket a listener is, once: its address, network namespace and cookie. `$sk` is the struct sock. */
const introduce = (indent: string): string[] =>
  [
    'if (@known[(uint64)$sk] == 0) {',
    '  @known[(uint64)$sk] = 1;',
    '  if ($sk->__sk_common.skc_family == 2) {',
    `    printf("i ${HEAD} %llx %s:%d %u %llu\\n", ${WHO}, (uint64)$sk, ntop(2, $sk->__sk_common.skc_rcv_saddr), $sk->__sk_common.skc_num,`,
    '      $sk->__sk_common.skc_net.net->ns.inum, (uint64)$sk->__sk_common.skc_cookie.counter);',
    '  } else if ($sk->__sk_common.skc_family == 10) {',
    `    printf("i ${HEAD} %llx [%s]:%d %u %llu\\n", ${WHO}, (uint64)$sk, ntop(10, $sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8), $sk->__sk_common.skc_num,`,
    '      $sk->__sk_common.skc_net.net->ns.inum, (uint64)$sk->__sk_common.skc_cookie.counter);',
    '  }',
    '}',
  ].map((line) => indent + line);

/** Reads `$sk` behind the fd of the current call: files->fdt->fd[n]->private_data->sk, where that is a listening socket. */
const socketOfFd = (): string[] => [
  `$table = ${TASK}->files->fdt;`,
  '$fd = (int64)args->fd;',
  '$max = (int64)$table->max_fds;',
  'if ($fd >= 0 && $fd < $max) {',
  '  $fds = (uint64)$table->fd;',
  '  $file = (struct file *)*(uint64 *)($fds + 8 * (uint64)$fd);',
  '  if ((uint64)$file != 0) {',
  '    $socket = (struct socket *)$file->private_data;',
  '    if ((uint64)$socket != 0 && (uint64)$socket->file == (uint64)$file) {',
  '      $sk = $socket->sk;',
  '      if ($sk->__sk_common.skc_state == 10 && @fd[pid, args->fd] != (uint64)$sk) {',
  '        @fd[pid, args->fd] = (uint64)$sk;',
  ...introduce('        '),
  `        printf("f ${HEAD} %d %llx\\n", ${WHO}, (int32)args->fd, (uint64)$sk);`,
  '      }',
  '    }',
  '  }',
  '}',
];

/** `$sk`, then the four readings. A UNIX listener keeps its queue in sk_receive_queue. */
const READINGS =
  '$sk->sk_ack_backlog, $sk->sk_max_ack_backlog, $sk->sk_drops.counter, ((struct inet_connection_sock *)$sk)->icsk_accept_queue.qlen.counter';

/** Whether a tracepoint's ends are IPv4. Those of tcp have no family before 5.12, but IPv4 addresses as mapped ones. */
const isInet = (options: KitOptions, system: 'sock' | 'tcp'): string =>
  system === 'sock' || isSince(options, 5, 12)
    ? 'args->family == 2'
    : 'args->saddr_v6[10] == 255 && args->saddr_v6[11] == 255';

/** Both ends of a tracepoint that has saddr, daddr and their IPv6 twins. */
function withEnds(inet: string, tag: string, format: string, values: string): string[] {
  const line = (open: string, close: string, saddr: string, daddr: string): string =>
    `printf("${tag} ${HEAD} ${format} ${open}%s${close}:%d ${open}%s${close}:%d\\n", ${WHO}, ${values}, ${saddr}, args->sport, ${daddr}, args->dport);`;
  return [
    `if (${inet}) {`,
    `  ${line('', '', 'ntop(2, args->saddr)', 'ntop(2, args->daddr)')}`,
    '} else {',
    `  ${line('[', ']', 'ntop(10, args->saddr_v6)', 'ntop(10, args->daddr_v6)')}`,
    '}',
  ];
}

function calls({ pid, btf }: KitOptions): string[] {
  const own = pid === null ? '' : `pid == ${pid}`;
  const socket = btf ? socketOfFd() : [];
  return [
    block(
      ['tracepoint:syscalls:sys_enter_listen'],
      own,
      ...socket,
      `printf("e ${HEAD} listen %d %d %s\\n", ${WHO}, (int32)args->fd, (int32)args->backlog, comm);`,
    ),
    block(
      ['tracepoint:syscalls:sys_enter_accept'],
      own,
      ...socket,
      `printf("e ${HEAD} accept %d 0 0 %s\\n", ${WHO}, (int32)args->fd, comm);`,
    ),
    block(
      ['tracepoint:syscalls:sys_enter_accept4'],
      own,
      ...socket,
      `printf("e ${HEAD} accept4 %d 0 0 %d %s\\n", ${WHO}, (int32)args->fd, (int32)args->flags, comm);`,
    ),
    ...['listen', 'accept', 'accept4'].map((call) =>
      block([`tracepoint:syscalls:sys_exit_${call}`], own, `printf("x ${HEAD} ${call} %lld\\n", ${WHO}, args->ret);`),
    ),
  ];
}

function states(options: KitOptions): string[] {
  const wanted =
    options.tier === 'light'
      ? '(args->oldstate == 10 || args->newstate == 10 || args->oldstate == 3)'
      : '(args->oldstate == 10 || args->newstate == 10 || args->oldstate == 3 || args->oldstate == 2 || args->newstate == 2 || args->newstate == 7)';
  const port = options.port === null ? '' : `(args->sport == ${options.port} || args->dport == ${options.port})`;
  // before 6.3 nothing shows the listener at an arrival; but the child is a copy of it, as it was before the arrival
  const copies =
    isSince(options, 6, 3) || !options.btf
      ? []
      : [
          'if (args->oldstate == 10 && args->newstate == 3) {',
          '  $child = (struct sock *)args->skaddr;',
          '  if (args->family == 2) {',
          `    printf("c ${HEAD} %s:%d %u %u\\n", ${WHO}, ntop(2, args->saddr), args->sport, $child->sk_ack_backlog, $child->sk_max_ack_backlog);`,
          '  } else {',
          `    printf("c ${HEAD} [%s]:%d %u %u\\n", ${WHO}, ntop(10, args->saddr_v6), args->sport, $child->sk_ack_backlog, $child->sk_max_ack_backlog);`,
          '  }',
          '}',
        ];
  const lastReading = [
    'if (args->oldstate == 10 && args->newstate == 7) {',
    '  $sk = (struct sock *)args->skaddr;',
    `  printf("q ${HEAD} %llx %u %u %d %d\\n", ${WHO}, (uint64)$sk, ${READINGS});`,
    '  delete(@known[(uint64)$sk]);',
    '}',
  ];
  return [
    block(
      ['tracepoint:sock:inet_sock_set_state'],
      both('args->protocol == 6', wanted, port),
      ...(options.btf ? lastReading : []),
      ...copies,
      ...withEnds(
        isInet(options, 'sock'),
        's',
        '%llx %d %d %d',
        '(uint64)args->skaddr, args->oldstate, args->newstate, args->protocol',
      ),
    ),
  ];
}

function arrivals(options: KitOptions): string[] {
  if (!isSince(options, 6, 3) || !options.btf) return [];
  const own = options.port === null ? '' : ` && $sk->__sk_common.skc_num == ${options.port}`;
  return [
    block(
      ['tracepoint:sock:sk_data_ready'],
      'args->protocol == 6 || args->family == 1',
      '$sk = (struct sock *)args->skaddr;',
      `if ($sk->__sk_common.skc_state == 10${own}) {`,
      ...introduce('  '),
      '  if (args->family == 1) {',
      `    printf("r ${HEAD} %llx %d %d %u %u 0 0\\n", ${WHO}, (uint64)$sk, args->family, args->protocol, $sk->sk_receive_queue.qlen, $sk->sk_max_ack_backlog);`,
      '  } else {',
      `    printf("r ${HEAD} %llx %d %d %u %u %d %d\\n", ${WHO}, (uint64)$sk, args->family, args->protocol, ${READINGS});`,
      '  }',
      '}',
    ),
  ];
}

function clients(options: KitOptions): string[] {
  if (options.tier === 'light') return [];
  const port = options.port === null ? '' : `(args->sport == ${options.port} || args->dport == ${options.port})`;
  return [
    block(
      ['tracepoint:tcp:tcp_retransmit_skb'],
      port,
      ...withEnds(isInet(options, 'tcp'), 't', '%llx %d', '(uint64)args->skaddr, args->state'),
    ),
    block(
      ['tracepoint:tcp:tcp_retransmit_synack'],
      port,
      ...withEnds(isInet(options, 'tcp'), 'y', '%llx', '(uint64)args->skaddr'),
    ),
  ];
}

/** Kprobes: each SYN and final ACK that the path decides on. `$sk` is the listener. */
function decisions(options: KitOptions): string[] {
  if (options.tier !== 'full') return [];
  const own = options.port === null ? '' : ` && $sk->__sk_common.skc_num == ${options.port}`;
  const qlen = '((struct inet_connection_sock *)$sk)->icsk_accept_queue.qlen.counter';
  const drop = (reason: string): string =>
    `printf("d ${HEAD} %llx ${reason} %u %u %d\\n", ${WHO}, (uint64)$sk, $sk->sk_ack_backlog, $sk->sk_max_ack_backlog, ${qlen});`;
  const request = '((struct sock_common *)arg1)';
  return [
    block(
      ['kprobe:tcp_conn_request'],
      '',
      '$sk = (struct sock *)arg2;',
      `if ($sk->sk_ack_backlog > $sk->sk_max_ack_backlog${own}) {`,
      ...introduce('  '),
      `  ${drop('SYN_ACCEPT_QUEUE_FULL')}`,
      '}',
    ),
    // the IPv6 function calls the IPv4 one for mapped addresses: the inner return tells, the outer finds nothing left to tell
    block(['kprobe:tcp_v4_syn_recv_sock', 'kprobe:tcp_v6_syn_recv_sock'], '', '@ack[cpu] = (uint64)arg0;'),
    block(
      ['kretprobe:tcp_v4_syn_recv_sock', 'kretprobe:tcp_v6_syn_recv_sock'],
      '@ack[cpu] != 0',
      '$sk = (struct sock *)@ack[cpu];',
      '@ack[cpu] = 0;',
      `if (retval == 0 && $sk->sk_ack_backlog > $sk->sk_max_ack_backlog${own}) {`,
      `  ${drop('ACK_ACCEPT_QUEUE_FULL')}`,
      '}',
    ),
    block(
      ['kprobe:inet_csk_reqsk_queue_hash_add'],
      '',
      '$sk = (struct sock *)arg0;',
      ...(options.port === null ? [] : [`if ($sk->__sk_common.skc_num != ${options.port}) { return; }`]),
      `if (${request}->skc_family == 2) {`,
      `  printf("h ${HEAD} %llx %s:%d %s:%d\\n", ${WHO}, (uint64)$sk, ntop(2, ${request}->skc_rcv_saddr), $sk->__sk_common.skc_num,`,
      `    ntop(2, ${request}->skc_daddr), bswap(${request}->skc_dport));`,
      '} else {',
      `  printf("h ${HEAD} %llx [%s]:%d [%s]:%d\\n", ${WHO}, (uint64)$sk, ntop(10, ${request}->skc_v6_rcv_saddr.in6_u.u6_addr8), $sk->__sk_common.skc_num,`,
      `    ntop(10, ${request}->skc_v6_daddr.in6_u.u6_addr8), bswap(${request}->skc_dport));`,
      '}',
    ),
  ];
}

/** bpftrace declares fields of tracepoints by the kernel's names of types, which headers for programs do not have. */
const KERNEL_TYPES = [8, 16, 32, 64]
  .flatMap((bits) => [`#define s${bits} __s${bits}`, `#define u${bits} __u${bits}`])
  .join('\n');

const COST: Readonly<Record<KitOptions['tier'], string>> = {
  light: 'light: one line for each call, arrival and close of a listener',
  standard: 'standard: as light, and connects and retransmissions of clients on this host',
  full: 'full: as standard, and kprobes at each SYN and each final ACK',
};

/** What whoever opens the file should know before running it. */
function remarks({ tier, btf, seconds }: KitOptions): string {
  return [
    ...(btf
      ? []
      : [
          'Written for a kernel without BTF: bpftrace needs /usr/include/linux/types.h and what it includes (linux-libc-dev, kernel-headers).',
        ]),
    'What happens to listening sockets, for acceptq: calls, arrivals, states, one line each.',
    `Tier ${COST[tier]}.`,
    `Run as root: bpftrace -f json -o capture.json THIS_FILE${seconds === null ? ', stop with Ctrl-C' : `, stops after ${seconds} s`}. Then: acceptq analyze capture.json`,
    ...(btf ? ["Warnings that say 'Addrspace' are harmless."] : []),
  ]
    .map((line) => `// ${line}`)
    .join('\n');
}

/** The program's text. It runs on bpftrace 0.17 and later; unless `btf` is false, on a kernel with BTF. */
export function bpftraceProgram(options: KitOptions): string {
  const uts = `${TASK}->nsproxy->uts_ns->name`;
  const { tier, btf } = options;
  const start = btf
    ? `printf("aq 1 %llu %s %s %s ${tier}\\n", nsecs, strftime("%s.%f", nsecs), ${uts}.release, ${uts}.nodename);`
    : `printf("aq 1 %llu %s - - ${tier}\\n", nsecs, strftime("%s.%f", nsecs));`;
  const parts = [
    remarks(options),
    ...(btf ? [] : [KERNEL_TYPES]),
    block(['BEGIN'], '', start),
    ...states(options),
    ...arrivals(options),
    ...clients(options),
    ...decisions(options),
    // bpftrace attaches in this order: a listen() whose call is seen must not miss its change of state
    ...calls(options),
    ...(options.seconds === null ? [] : [block([`interval:s:${options.seconds}`], '', 'exit();')]),
    block(
      ['END'],
      '',
      'printf("aq end %llu\\n", nsecs);',
      ...(btf ? ['clear(@known);', 'clear(@fd);'] : []),
      ...(tier === 'full' ? ['clear(@ack);'] : []),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}
