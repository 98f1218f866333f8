# A script for `perf script -s`: every event with all of its fields as libtraceevent reads them, one JSON array a line.
import json


def trace_unhandled(event_name, context, fields, sample):
    whole = {name: value for name, value in fields.items() if isinstance(value, int)}
    print(json.dumps([event_name, sample["sample"]["time"], sample["sample"]["tid"], whole]))
