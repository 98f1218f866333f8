// Schema of "acceptq.replay/1", for those who read replays and for the tests that hold ours against it.
import * as Schema from 'effect/Schema';
import { OutcomeSchema } from '../workload/workload-schema.ts';

const text = Schema.String;
const orNull = Schema.NullOr;
const ns = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0));

const Settings = Schema.Struct({
  backlog: Schema.Int,
  somaxconn: Schema.Int,
  tcp_syncookies: Schema.Int,
  tcp_max_syn_backlog: Schema.Int,
  tcp_abort_on_overflow: Schema.Int,
  tcp_synack_retries: Schema.Int,
  acceptors: orNull(Schema.Int),
  members: Schema.Int,
  service_scale: Schema.Finite,
  rate: Schema.Finite,
  recorded_stalls: Schema.Boolean,
  stalls: Schema.Array(Schema.Struct({ at_ns: ns, duration_ns: ns })),
  kernel: text,
});

const Scenario = Schema.Struct({ ...OutcomeSchema.fields, settings: Settings, meets_target: Schema.Boolean });

export const ReplaySchema = Schema.Struct({
  schema: Schema.Literal('acceptq.replay/1'),
  generated_by: text,
  mode: Schema.Literals(['model', 'live']),
  listener: text,
  kernel_profile: text,
  target: text,
  workload: Schema.Struct({
    mode: Schema.Literals(['open', 'closed']),
    follows: orNull(text),
    why: text,
    source: text,
    bias: orNull(text),
    assumed: Schema.Array(text),
  }),
  recorded: orNull(OutcomeSchema),
  baseline: OutcomeSchema,
  fit: Schema.Array(
    Schema.Struct({ figure: text, recorded: Schema.Finite, replayed: Schema.Finite, error: Schema.Finite }),
  ),
  scenarios: Schema.Array(Scenario),
  recommendation: orNull(
    Schema.Struct({
      settings: Settings,
      why: text,
      price: Schema.Struct({ worst_wait_ns: orNull(ns), memory_bytes: ns }),
      range: orNull(Schema.Struct({ low: orNull(ns), median: orNull(ns), high: orNull(ns), days: Schema.Int })),
      alternatives: Schema.Array(text),
    }),
  ),
});
