// The header line of a tool: which columns its rows have, and so which tool it is. What a column means is the tool's business:
// names are shared, and one name means different things in different tools.

/** The tools, by the name that bcc, libbpf-tools and bpftrace share. */
export type Tool = 'tcpaccept' | 'solisten' | 'tcpstates' | 'tcplife' | 'tcpdrop' | 'tcpretrans' | 'tcpconnect';

const NAMES = [
  'TIME',
  'TIME(s)',
  'SKADDR',
  'PID',
  'UID',
  'COMM',
  'IP',
  'NETNS',
  'PROTO',
  'BACKLOG',
  'RET',
  'PORT',
  'ADDR',
  'LADDR',
  'LPORT',
  'RADDR',
  'RPORT',
  'SADDR',
  'SPORT',
  'DADDR',
  'DPORT',
  'SADDR:SPORT',
  'DADDR:DPORT',
  'LADDR:LPORT',
  'RADDR:RPORT',
  '>',
  'T>',
  'OLDSTATE',
  '->',
  'NEWSTATE',
  'STATE',
  '(FLAGS)',
  'REASON',
  '(CODE)',
  '(REASON)',
  'TX_KB',
  'RX_KB',
  'MS',
  'BL',
  'SEQ',
  'QUERY',
] as const;

export type Column = (typeof NAMES)[number];

/** The task that happened to run (`C-`: current) is one column more or less to a reader. */
const ALIASES: Readonly<Record<string, Column>> = { 'C-PID': 'PID', 'C-COMM': 'COMM' };
const KNOWN: ReadonlySet<string> = new Set(NAMES);

/** What only one tool has; the first that fits. */
const TELLING: readonly (readonly [Tool, readonly Column[]])[] = [
  ['tcpstates', ['SKADDR', 'OLDSTATE', 'NEWSTATE', 'LADDR', 'LPORT', 'RADDR', 'RPORT']],
  ['solisten', ['PID', 'PROTO', 'BACKLOG', 'PORT', 'ADDR']],
  ['tcplife', ['PID', 'LADDR', 'LPORT', 'RADDR', 'RPORT', 'TX_KB', 'MS']],
  ['tcpdrop', ['PID', 'SADDR:SPORT', 'DADDR:DPORT', 'STATE']],
  ['tcpretrans', ['PID', 'LADDR:LPORT', 'RADDR:RPORT', 'STATE']],
  ['tcpaccept', ['PID', 'RADDR', 'RPORT', 'LADDR', 'LPORT']],
  ['tcpconnect', ['PID', 'SADDR', 'DADDR', 'DPORT']],
];

export interface Layout {
  readonly tool: Tool;
  readonly csv: boolean;
  /** Columns before the command's name, which may hold any characters; all that a row must have where there is none. */
  readonly left: number;
  /** Columns behind it. */
  readonly right: number;
  readonly hasComm: boolean;
  readonly columns: readonly Column[];
  /** Packets are printed with their source first, not with the local end. */
  readonly byPacket: boolean;
}

/** Last columns that rows may lack. */
const OPTIONAL: ReadonlySet<string> = new Set(['(FLAGS)', 'REASON', '(CODE)', '(REASON)', 'SEQ', 'QUERY']);
const LONGEST = 400;

/** The layout of a header line; null when the line is none. */
export function readHeader(text: string): Layout | null {
  if (text.length > LONGEST) return null;
  const csv = text.includes(',');
  const words = text.trim().split(csv ? ',' : /\s+/);
  const columns = words.map((word) => ALIASES[word] ?? word);
  if (columns.length < 5 || !columns.every((column) => KNOWN.has(column))) return null;
  const found = TELLING.find(([, needed]) => needed.every((column) => columns.includes(column)));
  if (found === undefined) return null;
  const comm = columns.indexOf('COMM');
  return {
    tool: found[0],
    csv,
    left: comm < 0 ? columns.filter((column) => !OPTIONAL.has(column)).length : comm,
    right: comm < 0 ? 0 : columns.length - comm - 1,
    hasComm: comm >= 0,
    columns: columns as Column[],
    byPacket: columns.includes('>'),
  };
}
