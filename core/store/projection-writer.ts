// Writes the projections' rows of one capture into their tables.
import type { RowSink } from '../projection/rows.ts';
import type { Connection } from './store.ts';

/** Columns in table order after id and capture; the property of the row has the same name. */
const COLUMNS = {
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

type Table = keyof typeof COLUMNS;

const toColumn = (column: string, value: unknown): unknown => {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return column === 'comm' && value === -1 ? null : value;
};

/** A sink that inserts. Ids that rows do not bring along continue the table. */
export function projectionWriter(db: Connection, capture: number): RowSink {
  const writer = (table: Table): ((row: object) => void) => {
    const columns = COLUMNS[table].split(' ');
    let next = (db.prepare(`SELECT ifnull(max(id), 0) + 1 FROM ${table}`).pluck().get() as number) - 1;
    const insert = db.prepare(
      `INSERT INTO ${table} (id, capture, ${columns.join(', ')}) VALUES (?, ?, ${columns.map(() => '?').join(', ')})`,
    );
    return (row) => {
      const values = row as Record<string, unknown>;
      const id = (values.id as number | undefined) ?? ++next;
      insert.run(id, capture, ...columns.map((column) => toColumn(column, values[column])));
    };
  };
  return {
    listenCall: writer('listen_calls'),
    backlogChange: writer('backlog_changes'),
    listener: writer('listeners'),
    depth: writer('listener_depth'),
    connection: writer('connections'),
    acceptor: writer('acceptors'),
    refusal: writer('refusals'),
    gap: writer('gaps'),
    socket: writer('sockets'),
    orphanAcceptor: writer('orphan_acceptors'),
    queueSample: writer('queue_samples'),
    counter: writer('counters'),
  };
}
