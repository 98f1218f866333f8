// The Schema of the union of trace events, made from the catalogue. For JSON edges and tests; never per event on a hot path.
import * as Schema from 'effect/Schema';
import { type ArgKind, EVENT_TYPES, type EventType } from './event-type.ts';

const wholeOrNull = Schema.NullOr(Schema.Int);
const textOrNull = Schema.NullOr(Schema.String);

function schemaOfKind(kind: ArgKind) {
  return kind === 'socket' || kind === 'address' || kind === 'endpoint' || kind === 'string' ? textOrNull : wholeOrNull;
}

function schemaOfType(type: EventType) {
  return Schema.Struct({
    position: Schema.Int,
    stream: Schema.String,
    version: Schema.Int,
    at_ns: Schema.Number,
    type: Schema.Literal(type.name),
    cpu: wholeOrNull,
    pid: wholeOrNull,
    tid: wholeOrNull,
    comm: textOrNull,
    source: Schema.Number,
    ...Object.fromEntries(type.args.map((arg) => [arg.name, schemaOfKind(arg.kind)])),
  });
}

/** Schema of one trace event as `acceptq events --json` prints it. */
export const TraceEventSchema = Schema.Union(EVENT_TYPES.map(schemaOfType));
