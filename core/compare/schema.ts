// Schema of "acceptq.compare/1", for those who read comparisons and for the test that holds ours against it.
import * as Schema from 'effect/Schema';

const orNull = Schema.NullOr;
const text = Schema.String;
const number = Schema.Number.check(Schema.isFinite());
const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const change = Schema.Literals(['more', 'less', 'same', 'unsure', 'unknown']);
const bound = Schema.Literals(['exact', 'lower', 'estimate', 'unknown']);
const interval = orNull(Schema.Struct({ low: number, high: number }));

const Side = Schema.Struct({
  captures: Schema.Array(
    Schema.Struct({ path: text, sha256: orNull(text), kernel: orNull(text), duration_ns: number, gaps: count }),
  ),
});

const Setting = Schema.Struct({
  what: Schema.Literals(['backlog requested', 'backlog effective', 'listeners', 'acceptors', 'acceptor names']),
  before: orNull(Schema.Union([number, text])),
  after: orNull(Schema.Union([number, text])),
});

const Count = Schema.Struct({
  figure: Schema.Literals(['overflows', 'syn_retransmits', 'enqueued', 'accepted']),
  before: orNull(count),
  after: orNull(count),
  bounds: Schema.Tuple([bound, bound]),
  before_per_second: orNull(number),
  after_per_second: orNull(number),
  before_interval: interval,
  after_interval: interval,
  dispersion: orNull(number),
  p: orNull(number),
  change,
});

const Wait = Schema.Struct({
  figure: Schema.Literals(['wait_p50', 'wait_p90', 'wait_p99', 'wait_p999']),
  before: orNull(number),
  after: orNull(number),
  difference: interval,
  change,
});

const Figure = Schema.Struct({
  figure: Schema.Literals(['wait_max', 'depth_max', 'at_capacity', 'longest_pause']),
  before: orNull(number),
  after: orNull(number),
});

export const ComparisonSchema = Schema.Struct({
  schema: Schema.Literal('acceptq.compare/1'),
  generated_by: text,
  before: Side,
  after: Side,
  confidence: number,
  places: Schema.Array(
    Schema.Struct({
      place: text,
      place_before: text,
      matched_by: Schema.Literals(['address', 'port', 'path', 'only']),
      listeners: Schema.Struct({ before: Schema.Array(count), after: Schema.Array(count) }),
      settings: Schema.Array(Setting),
      counts: Schema.Array(Count),
      waits: Schema.Array(Wait),
      figures: Schema.Array(Figure),
    }),
  ),
  gone: Schema.Array(text),
  appeared: Schema.Array(text),
  gate: Schema.Array(
    Schema.Struct({
      condition: text,
      place: text,
      before: orNull(number),
      after: orNull(number),
      threshold: orNull(number),
      outcome: Schema.Literals(['passed', 'failed', 'undecided', 'noise']),
    }),
  ),
});
