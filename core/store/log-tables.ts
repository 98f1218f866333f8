// The log: what recorders saw, as recorded. Rows are only ever added; nothing here is derived from other rows.

/** Written to `PRAGMA user_version`; a store of another version is refused. */
export const STORE_VERSION = 2;
/** `PRAGMA application_id`: the bytes "acq1". */
export const APPLICATION_ID = 0x61637131;

export const LOG_TABLES = `
CREATE TABLE captures (              -- one recorded trace file each
  id              INTEGER PRIMARY KEY, -- number of the capture in this store, from 1
  sha256          TEXT NOT NULL UNIQUE, -- hash of the whole content, and of snapshots beside it: what the capture is known by
  path            TEXT NOT NULL,       -- name it was given on the command line
  format          TEXT NOT NULL,       -- wire format, e.g. perf.data
  tool            TEXT,                -- recorder and version; null when the file does not say
  kernel          TEXT,                -- kernel release of the recorded host
  arch            TEXT,                -- machine of the recorded host
  host            TEXT,                -- host name of the recorded host
  cmdline         TEXT,                -- command line of the recorder
  unit            TEXT NOT NULL,       -- what source and offset count: byte, or line (from 1) of a text
  pointers        INTEGER NOT NULL,    -- 1: socket events carry kernel addresses
  clock           TEXT NOT NULL,       -- clock that stamped the events
  origin          TEXT,                -- that clock at at_ns = 0, in nanoseconds (text: may exceed 2^53)
  wall_offset     TEXT,                -- nanoseconds to add to the clock for time since 1970-01-01 UTC; null when unknown
  probes          TEXT NOT NULL,       -- probes that were attached, JSON array of system:event
  first_position  INTEGER NOT NULL,    -- first event of this capture in the log
  events          INTEGER NOT NULL,    -- events of this capture in the log
  duration_ns     INTEGER NOT NULL,    -- time of the last event
  records         INTEGER NOT NULL,    -- records read from the file, of any kind
  ignored         INTEGER NOT NULL,    -- records that carry nothing used here
  rejected        INTEGER NOT NULL,    -- records or stretches that could not be read
  rejections      TEXT NOT NULL,       -- the first of them, JSON array of {offset, reason}
  out_of_order    INTEGER NOT NULL     -- events older than ones already in the log
) STRICT;

CREATE TABLE event_types (           -- names of the event type codes
  code            INTEGER PRIMARY KEY, -- first number of an event in batches.events
  name            TEXT NOT NULL UNIQUE, -- stable name: the tracepoint, or the recorder's side-band record
  stream          TEXT NOT NULL,       -- kind of stream: task, socket or capture
  args            TEXT NOT NULL        -- meaning of a0 to a5: JSON array of {name, kind}
) STRICT;

CREATE TABLE streams (               -- the ordered events of one thing
  id              INTEGER PRIMARY KEY, -- number of the stream
  capture         INTEGER NOT NULL REFERENCES captures (id), -- capture it belongs to
  kind            TEXT NOT NULL,       -- task, socket or capture
  key             INTEGER NOT NULL,    -- thread id, id in addresses, or 0
  length          INTEGER NOT NULL,    -- events in the stream
  positions       BLOB NOT NULL        -- their positions: differences, seven bits a byte, the high bit on all but a difference's last byte
) STRICT;

CREATE TABLE strings (               -- interned text: command names, reasons
  id              INTEGER PRIMARY KEY, -- as in events where the argument is a string
  capture         INTEGER NOT NULL REFERENCES captures (id), -- capture it was seen in
  text            TEXT NOT NULL        -- as recorded; any characters
) STRICT;

CREATE TABLE addresses (             -- interned kernel addresses: sockets, request sockets, code
  id              INTEGER PRIMARY KEY, -- as in events where the argument is a socket or an address
  capture         INTEGER NOT NULL REFERENCES captures (id), -- capture it was seen in
  address         TEXT NOT NULL        -- hexadecimal; the kernel reuses them, see sockets
) STRICT;

CREATE TABLE endpoints (             -- interned address and port pairs
  id              INTEGER PRIMARY KEY, -- as in events where the argument is an endpoint
  capture         INTEGER NOT NULL REFERENCES captures (id), -- capture it was seen in
  family          INTEGER NOT NULL,    -- AF_INET 2, AF_INET6 10
  address         TEXT NOT NULL,       -- canonical text
  port            INTEGER NOT NULL     -- 0 when not bound yet
) STRICT;

CREATE TABLE tasks (                 -- tasks as recorders knew them; a new name is a new row
  id              INTEGER PRIMARY KEY, -- as in batches.events
  capture         INTEGER NOT NULL REFERENCES captures (id), -- capture it was seen in
  tid             INTEGER NOT NULL,    -- thread id (the kernel's pid)
  pid             INTEGER NOT NULL,    -- process id (the kernel's tgid)
  comm            INTEGER REFERENCES strings (id) -- command name at that time; null when not recorded
) STRICT;

CREATE TABLE batches (               -- the log itself: events in the order in which they happened, up to 1024 in a row
  position        INTEGER PRIMARY KEY, -- number of the first event in the log, from 1, without holes
  capture         INTEGER NOT NULL REFERENCES captures (id), -- capture they belong to
  count           INTEGER NOT NULL,    -- how many
  at_ns           INTEGER NOT NULL,    -- what their times count from: nanoseconds since the capture's start
  source          INTEGER NOT NULL,    -- what their places in the capture count from, in captures.unit; a place below 0 is a line of a snapshot beside it
  from_ns         INTEGER NOT NULL,    -- earliest time
  to_ns           INTEGER NOT NULL,    -- latest time
  events          TEXT NOT NULL        -- JSON: an array for each, [type, version in its stream, time, cpu, task, source, a0 to a5]
) STRICT;

CREATE VIEW events AS                -- one row an event
SELECT b.position + e.key AS position, -- number in the log
  b.capture AS capture,              -- in captures
  t.name AS type,                    -- what it is, see event_types
  e.value ->> 1 AS version,          -- number within its stream, from 1
  CASE t.stream WHEN 'task' THEN 'task-' || b.capture || '-' || k.tid
    WHEN 'socket' THEN 'socket-' || b.capture || '-' || coalesce(e.value ->> 6, 0)
    ELSE 'capture-' || b.capture END AS stream, -- stream it belongs to
  b.at_ns + (e.value ->> 2) AS at_ns, -- nanoseconds since the capture's start
  e.value ->> 3 AS cpu,              -- processor that recorded it
  k.tid AS tid,                      -- task that ran; in softirq whoever was interrupted
  k.pid AS pid,                      -- its process
  s.text AS comm,                    -- its name
  b.source + (e.value ->> 5) AS source, -- where in the capture the record is
  e.value ->> 6 AS a0,               -- arguments: their meaning is in event_types.args
  e.value ->> 7 AS a1,               -- second argument
  e.value ->> 8 AS a2,               -- third argument
  e.value ->> 9 AS a3,               -- fourth argument
  e.value ->> 10 AS a4,              -- fifth argument
  e.value ->> 11 AS a5               -- sixth argument
FROM batches b, json_each(b.events) e
JOIN event_types t ON t.code = e.value ->> 0
LEFT JOIN tasks k ON k.id = e.value ->> 4
LEFT JOIN strings s ON s.id = k.comm;
`;
