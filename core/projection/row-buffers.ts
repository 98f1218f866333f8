// The rows of the projections in columns of numbers: cheap to keep, to hand to another thread and to write.
import type { RowSink } from './rows.ts';

/** Columns of each table after id and capture; a row's property has the same name. */
export const COLUMNS = {
  listen_calls: 'at_ns pid tid comm fd backlog result endpoint listener',
  backlog_changes: 'listener at_ns requested',
  listeners:
    'family endpoint sk generation opened_at_ns closed_at_ns opened_pid opened_comm requested enqueued accepted lost_in_accept left_in_queue aborted_at_close unseen_arrivals unseen_accepts ambiguous depth_max initial_depth synced waiting_ns longest_pause_ns longest_pause_at_ns pauses paused_ns synack_retransmits syn_retransmits samples sampled_limit sampled_depth drops_first drops_last sample_misses syn_queue_max seen_overflows',
  queue_samples: 'listener at_ns sk_ack_backlog sk_max_ack_backlog sk_drops syn_queue_len',
  counters: 'at_ns name value absolute',
  listener_depth: 'listener depth ns',
  connections: 'listener sk remote syn_at_ns syns enqueued_at_ns depth accepts_in_flight dequeued_at_ns tid end',
  acceptors: 'listener tid pid comm accepted eagain failed blocked_ns',
  refusals: 'listener kind at_ns noticed_at_ns client evidence depth_low depth_high',
  gaps: 'kind cpu from_ns to_ns count',
  sockets: 'sk generation role first_at_ns last_at_ns local remote last_state',
  orphan_acceptors: 'pid tid comm fd accepted',
} as const;

export type Table = keyof typeof COLUMNS;

/** Columns whose values are words. */
export const WORD_COLUMNS: ReadonlySet<string> = new Set(['end', 'kind', 'evidence', 'role']);
/** The words; a column holds their index. */
export const WORDS: readonly string[] = [
  'accepted',
  'lost_in_accept',
  'aborted',
  'left',
  'unseen',
  'syn',
  'ack',
  'client',
  'decision',
  'lost',
  'lost_samples',
  'throttle',
  'listener',
  'child',
  'other',
];
const INDEX: ReadonlyMap<string, number> = new Map(WORDS.map((word, index) => [word, index]));

/** Rows of one table. Each begins with its id, NaN when the table numbers it; NaN stands for null. */
export interface PackedRows {
  readonly table: Table;
  readonly rows: number;
  readonly values: Float64Array;
}

function pack(column: string, value: unknown): number {
  if (typeof value === 'number') return column === 'comm' && value === -1 ? Number.NaN : value;
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const index = INDEX.get(value as string);
  if (index === undefined) throw new Error(`no such word: ${value}`);
  return index;
}

class Buffer {
  private readonly columns: readonly string[];
  private values: Float64Array;
  private used = 0;
  rows = 0;

  constructor(table: Table) {
    this.columns = ['id', ...COLUMNS[table].split(' ')];
    this.values = new Float64Array(this.columns.length * 16);
  }

  add(row: object): void {
    const { columns } = this;
    if (this.used + columns.length > this.values.length) {
      const wider = new Float64Array(this.values.length * 2);
      wider.set(this.values);
      this.values = wider;
    }
    for (const column of columns) this.values[this.used++] = pack(column, (row as Record<string, unknown>)[column]);
    this.rows++;
  }

  /** Hands out what was added and starts anew. */
  take(): Float64Array {
    const values = this.values.slice(0, this.used);
    this.used = 0;
    this.rows = 0;
    return values;
  }
}

/** A sink that keeps rows until they are taken. */
export class RowBuffers implements RowSink {
  private readonly buffers = new Map<Table, Buffer>();

  private to(table: Table): (row: object) => void {
    const buffer = new Buffer(table);
    this.buffers.set(table, buffer);
    return (row) => buffer.add(row);
  }

  readonly listenCall = this.to('listen_calls');
  readonly backlogChange = this.to('backlog_changes');
  readonly listener = this.to('listeners');
  readonly depth = this.to('listener_depth');
  readonly connection = this.to('connections');
  readonly acceptor = this.to('acceptors');
  readonly refusal = this.to('refusals');
  readonly gap = this.to('gaps');
  readonly socket = this.to('sockets');
  readonly orphanAcceptor = this.to('orphan_acceptors');
  readonly queueSample = this.to('queue_samples');
  readonly counter = this.to('counters');

  /** The rows since the last time, by table. */
  take(): PackedRows[] {
    const packed: PackedRows[] = [];
    for (const [table, buffer] of this.buffers) {
      if (buffer.rows === 0) continue;
      const { rows } = buffer;
      packed.push({ table, rows, values: buffer.take() });
    }
    return packed;
  }
}
