// Schema of "acceptq.state/1", for those who read it and for the tests that hold ours against it.
import * as Schema from 'effect/Schema';

const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const ns = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const orNull = Schema.NullOr;
const text = Schema.String;
const whole = Schema.Int;

const Instant = Schema.Struct({
  capture: count,
  path: text,
  kernel: orNull(text),
  host: orNull(text),
  at_ns: ns,
  position: orNull(count),
  clock_ns: orNull(text),
  clock: text,
  wall: orNull(text),
  duration_ns: ns,
  snapshot: orNull(count),
  events_read: count,
});

const AcceptQueue = Schema.Struct({
  length: count,
  low: count,
  high: orNull(count),
  bound: Schema.Literals(['exact', 'lower', 'estimate', 'unknown']),
  limit: orNull(count),
  limit_basis: orNull(Schema.Literals(['read', 'clamped', 'requested'])),
  waiting: Schema.Array(
    Schema.Struct({
      client: orNull(text),
      sk: orNull(text),
      enqueued_at_ns: orNull(ns),
      waiting_ns: orNull(ns),
      syn_at_ns: orNull(ns),
    }),
  ),
});

const Acceptor = Schema.Struct({
  tid: whole,
  pid: orNull(whole),
  comm: orNull(text),
  call: orNull(text),
  since_ns: orNull(ns),
  taken: Schema.Boolean,
});

const Listener = Schema.Struct({
  id: count,
  address: orNull(text),
  family: orNull(Schema.Literals(['inet', 'inet6', 'unix'])),
  opened_at_ns: orNull(ns),
  backlog_requested: orNull(whole),
  accept_queue: AcceptQueue,
  syn_queue: Schema.Struct({
    requests: orNull(Schema.Array(Schema.Struct({ client: text, queued_at_ns: ns }))),
  }),
  acceptors: Schema.Array(Acceptor),
  fds: Schema.Array(Schema.Struct({ pid: orNull(whole), tid: orNull(whole), fd: whole })),
  reading: orNull(
    Schema.Struct({
      at_ns: ns,
      sk_ack_backlog: orNull(whole),
      sk_max_ack_backlog: orNull(whole),
      sk_drops: orNull(whole),
      syn_queue_len: orNull(whole),
    }),
  ),
});

const Socket = Schema.Struct({
  sk: orNull(text),
  generation: count,
  role: Schema.Literals(['listener', 'child', 'client', 'other']),
  state: text,
  since_ns: ns,
  changed_at_ns: ns,
  local: orNull(text),
  remote: orNull(text),
  listener: orNull(count),
});

const File = Schema.Struct({
  fd: whole,
  kind: Schema.Literals(['listener', 'connection', 'socket', 'unknown']),
  listener: orNull(count),
  family: orNull(whole),
  type: orNull(whole),
  client: orNull(text),
  sk: orNull(text),
  cloexec: Schema.Boolean,
});

const Value = Schema.Struct({ name: text, value: whole, at_ns: ns, absolute: Schema.Boolean });

export const StateSchema = Schema.Struct({
  schema: Schema.Literal('acceptq.state/1'),
  generated_by: text,
  instant: Instant,
  listeners: Schema.Array(Listener),
  sockets: Schema.Array(Socket),
  tasks: Schema.Array(
    Schema.Struct({ pid: orNull(whole), tid: orNull(whole), comm: orNull(text), files: Schema.Array(File) }),
  ),
  calls: Schema.Array(
    Schema.Struct({
      tid: whole,
      comm: orNull(text),
      call: text,
      fd: orNull(whole),
      listener: orNull(count),
      since_ns: ns,
    }),
  ),
  sysctls: Schema.Array(Value),
  counters: Schema.Array(Value),
  confidence: Schema.Struct({
    lost: orNull(count),
    gaps: count,
    accepts_unbound: count,
    out_of_order: count,
    evidence: Schema.Array(text),
    notes: Schema.Array(text),
  }),
});
