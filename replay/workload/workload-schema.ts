// Schema of "acceptq.workload/1": what a workload file must be before it is replayed. Files may come from anyone.
import * as Schema from 'effect/Schema';

const MOST = 20_000_000;
const A_DAY_NS = 86_400e9;

const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const ns = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThanOrEqualTo(1000 * A_DAY_NS));
const text = Schema.String.check(Schema.isMaxLength(1000));
const orNull = Schema.NullOr;
const many = <S extends Schema.Top>(item: S, most = MOST) => Schema.Array(item).check(Schema.isMaxLength(most));
const between = (low: number, high: number) =>
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(low), Schema.isLessThanOrEqualTo(high));

const Retry = Schema.Struct({
  initial_ms: Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(120_000)),
  linear: between(0, 127),
  retries: between(0, 127),
  wheel: orNull(
    Schema.Struct({
      tick_ns: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1e5), Schema.isLessThanOrEqualTo(1e8)),
      phase_ns: ns,
    }),
  ),
  timeout_ns: orNull(ns),
});

const Clients = Schema.Struct({
  mode: Schema.Literals(['open', 'closed']),
  follows: orNull(Schema.Literals(['connected', 'response'])),
  why: text,
  source: Schema.Literals(['syn', 'syn-queue', 'enqueue', 'synthetic']),
  bias: orNull(text),
  arrivals_ns: many(ns),
  members: many(between(0, 65_535)),
  slots: many(Schema.Struct({ first_ns: ns, think_ns: many(ns), members: many(between(0, 65_535)) }), 1_000_000),
  retry: Retry,
  stop_ns: orNull(ns),
  handshake_ns: ns,
  speaks_first: Schema.Boolean,
  resets: Schema.Boolean,
});

const Acceptor = Schema.Struct({
  name: text,
  member: between(0, 65_535),
  service_ns: many(ns),
  taken_ns: many(ns),
  wake_ns: many(ns),
  ready_ns: ns,
  stalls: many(Schema.Struct({ at_ns: ns, duration_ns: ns }), 100_000),
  ahead: Schema.optionalKey(Schema.Literals([0, 1])),
});

const Times = Schema.Struct({
  count,
  p50: orNull(ns),
  p90: orNull(ns),
  p99: orNull(ns),
  p999: orNull(ns),
  max: orNull(ns),
});

export const OutcomeSchema = Schema.Struct({
  capacity: count,
  arrivals: count,
  enqueued: count,
  accepted: count,
  overflows: orNull(count),
  syn_retransmits: orNull(count),
  gave_up: orNull(count),
  depth: Schema.Struct({ max: count, mean: ns, p50: count, p90: count, p99: count, at_capacity_ns: ns }),
  wait_ns: Times,
  connect_ns: orNull(Times),
});

export const WorkloadSchema = Schema.Struct({
  schema: Schema.Literal('acceptq.workload/1'),
  name: text,
  origin: orNull(Schema.Struct({ capture: orNull(text), listener: orNull(text) })),
  kernel: text,
  settings: Schema.Struct({
    backlog: between(-2_147_483_648, 2_147_483_647),
    somaxconn: between(0, 2_147_483_647),
    tcp_syncookies: between(0, 255),
    tcp_max_syn_backlog: between(-2_147_483_648, 2_147_483_647),
    tcp_abort_on_overflow: between(0, 255),
    tcp_synack_retries: between(0, 255),
  }),
  assumed: Schema.Array(text),
  members: between(1, 65_536),
  duration_ns: ns,
  clients: Clients,
  acceptors: many(Acceptor, 100_000),
  recorded: orNull(OutcomeSchema),
});
