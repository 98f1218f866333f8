// Schema of "acceptq.validation/1", for those who read validations and for the tests that hold ours against it.
import * as Schema from 'effect/Schema';

const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const ns = Schema.Number.check(Schema.isGreaterThanOrEqualTo(0));
const text = Schema.String;

const Rule = Schema.Struct({
  rule: text,
  where: text,
  says: text,
  matched: count,
  undecidable: count,
  diverged: count,
});

const Reason = Schema.Struct({ reason: text, count, meaning: text });

const Divergence = Schema.Struct({
  number: count,
  capture: count,
  position: count,
  at_ns: ns,
  event: text,
  rule: text,
  where: text,
  listener: Schema.NullOr(text),
  tid: Schema.Int,
  expected: text,
  observed: text,
  explanation: text,
  show: text,
});

const Capture = Schema.Struct({
  capture: count,
  path: text,
  kernel_profile: text,
  kernel_from: Schema.Literals(['asked', 'capture', 'assumed']),
  checked: count,
  matched: count,
  undecidable: count,
  diverged: count,
  reasons: Schema.Array(Reason),
  rules: Schema.Array(Rule),
});

export const ValidationSchema = Schema.Struct({
  schema: Schema.Literal('acceptq.validation/1'),
  generated_by: text,
  kernel_profile: text,
  checked: count,
  matched: count,
  undecidable: count,
  diverged: count,
  captures: Schema.Array(Capture),
  divergences: Schema.Array(Divergence),
});
