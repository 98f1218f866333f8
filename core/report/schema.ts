// Schema of "acceptq.report/1", for those who read reports and for the tests that hold ours against it.
import * as Schema from 'effect/Schema';

const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const ns = Schema.Number.check(Schema.isGreaterThanOrEqualTo(0));
const orNull = Schema.NullOr;
const text = Schema.String;
const bound = Schema.Literals(['exact', 'lower', 'estimate', 'unknown']);
const severity = Schema.Literals(['critical', 'warning', 'info']);

const Times = Schema.Struct({
  count,
  p50: orNull(ns),
  p90: orNull(ns),
  p99: orNull(ns),
  p999: orNull(ns),
  max: orNull(ns),
});

const Capture = Schema.Struct({
  id: count,
  path: text,
  sha256: orNull(text),
  format: text,
  tool: orNull(text),
  kernel: orNull(text),
  host: orNull(text),
  clock: text,
  origin: orNull(text),
  started_at: orNull(text),
  duration_ns: ns,
  overlaps: Schema.Array(count),
  records_read: count,
  events: count,
  ending: Schema.Literals(['complete', 'cut', 'open']),
  rejected: count,
  rejections: Schema.Array(Schema.Struct({ offset: Schema.Number, reason: text })),
  unit: Schema.Literals(['byte', 'line']),
  out_of_order: count,
  lost: Schema.Struct({ count: orNull(count), gaps: count }),
  evidence: Schema.Array(
    Schema.Literals(['syscalls', 'state', 'data_ready', 'queue_samples', 'functions', 'counters']),
  ),
  counters: Schema.Record(Schema.String, Schema.Int),
});

const ListenCall = Schema.Struct({
  capture: count,
  at_ns: ns,
  pid: Schema.Int,
  tid: Schema.Int,
  comm: orNull(text),
  fd: Schema.Int,
  backlog: Schema.Int,
  result: orNull(Schema.Int),
  error: orNull(text),
  address: orNull(text),
  listener: orNull(count),
});

const Listener = Schema.Struct({
  id: count,
  capture: count,
  family: orNull(Schema.Literals(['inet', 'inet6', 'unix'])),
  address: orNull(text),
  port: orNull(count),
  path: orNull(text),
  opened_at_ns: orNull(ns),
  closed_at_ns: orNull(ns),
  opened_by: orNull(Schema.Struct({ pid: Schema.Int, comm: orNull(text) })),
  acceptors: Schema.Array(
    Schema.Struct({
      tid: Schema.Int,
      pid: Schema.Int,
      comm: orNull(text),
      accepted: count,
      eagain: count,
      failed: count,
      blocked_ns: ns,
    }),
  ),
  backlog: Schema.Struct({
    requested: orNull(Schema.Int),
    effective: orNull(count),
    capacity: orNull(count),
    limited_by: orNull(Schema.Literal('somaxconn')),
    basis: Schema.Literals(['read', 'given', 'snapshot', 'observed', 'assumed', 'unknown']),
    changes: Schema.Array(Schema.Struct({ at_ns: ns, requested: Schema.Int, effective: orNull(count) })),
  }),
  enqueued: count,
  accepted: count,
  left_in_queue: count,
  aborted_at_close: count,
  depth: Schema.Struct({
    max: count,
    mean: orNull(ns),
    p50: orNull(count),
    p90: orNull(count),
    p99: orNull(count),
    at_capacity_ns: orNull(ns),
  }),
  readings: Schema.Struct({ count, depth_max: orNull(count) }),
  wait_ns: Times,
  handshake_ns: orNull(Times),
  overflows: Schema.Struct({
    count: orNull(count),
    bound: Schema.Literals(['exact', 'lower', 'unknown']),
    evidence: Schema.Literals(['sk_drops', 'functions', 'client', 'counters', 'none']),
  }),
  sk_drops: orNull(count),
  overflow_span_ns: orNull(Schema.Struct({ first: ns, last: ns })),
  syn_retransmits: orNull(count),
  syn_queue_max: orNull(count),
  cookies: orNull(count),
  demand: Schema.Struct({ peak: count, at_ns: ns }),
  pauses: Schema.Struct({ longest_ns: ns, at_ns: ns, count, total_ns: ns }),
  waiting_ns: ns,
  bounds: Schema.Struct({ enqueued: bound, accepted: bound, depth: bound, wait: bound }),
  confidence: Schema.Struct({
    censored_start: Schema.Boolean,
    censored_end: Schema.Boolean,
    gaps: count,
    unseen_arrivals: count,
    unseen_accepts: count,
    ambiguous: count,
  }),
});

const Finding = Schema.Struct({
  id: text,
  severity,
  listener: orNull(count),
  title: text,
  why: text,
  evidence: Schema.Record(text, Schema.Union([Schema.Number, text, Schema.Boolean, Schema.Null])),
  advice: text,
  price: Schema.optionalKey(text),
  alternative: Schema.optionalKey(text),
});

const WhatIfPoint = Schema.Struct({
  backlog: count,
  overflows: count,
  wait_p99_ns: orNull(ns),
  capacity: Schema.optionalKey(count),
  meets_target: Schema.optionalKey(Schema.Boolean),
});

const WhatIf = Schema.Struct({
  listener: count,
  points: Schema.Array(WhatIfPoint),
  note: orNull(text),
  variant: Schema.optionalKey(text),
  captured: Schema.optionalKey(WhatIfPoint),
  recommended: Schema.optionalKey(orNull(count)),
  target: Schema.optionalKey(text),
  fit: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ figure: text, recorded: Schema.Number, replayed: Schema.Number, error: Schema.Number }),
    ),
  ),
});

export const ReportSchema = Schema.Struct({
  schema: Schema.Literal('acceptq.report/1'),
  generated_by: text,
  verdict: Schema.Struct({
    listener: orNull(count),
    severity: Schema.Literals(['critical', 'warning', 'info', 'ok']),
    finding: orNull(text),
    what: text,
    advice: text,
  }),
  captures: Schema.Array(Capture),
  listen_calls: Schema.Array(ListenCall),
  listeners: Schema.Array(Listener),
  findings: Schema.Array(Finding),
  what_if: Schema.optionalKey(Schema.Array(WhatIf)),
});
