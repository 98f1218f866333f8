// The log: what recorders saw, as recorded. Rows are only ever added; nothing here is derived from other rows.

/** Written to `PRAGMA user_version`. */
export const STORE_VERSION = 3;
/** `PRAGMA application_id`: the bytes "acq1". */
export const APPLICATION_ID = 0x61637131;

export const LOG_TABLES = `
CREATE TABLE capture_starts (        -- one recorded trace each, as known when its first event came
  id              INTEGER PRIMARY KEY, -- number of the capture in this store, from 1
  sha256          TEXT,                -- hash of the whole content, and of snapshots beside it; null: a stream, whose content was not known yet
  path            TEXT NOT NULL,       -- name it was given on the command line
  format          TEXT NOT NULL,       -- wire format, e.g. perf.data
  tool            TEXT,                -- recorder and version; null when the file does not say, or had not said yet
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
  first_position  INTEGER NOT NULL     -- first event of this capture in the log
) STRICT;

CREATE TABLE capture_ends (          -- what is known of a capture once all of it was read; one without such a row is not complete
  capture         INTEGER PRIMARY KEY REFERENCES capture_starts (id), -- the capture
  ending          TEXT NOT NULL,       -- complete, or cut: its reader was killed, and what it read from cannot be read again
  sha256          TEXT,                -- as in capture_starts; null for a stream that was cut
  format          TEXT NOT NULL,       -- these as in capture_starts: some captures say them late
  tool            TEXT,                -- recorder and version
  kernel          TEXT,                -- kernel release
  arch            TEXT,                -- machine
  host            TEXT,                -- host name
  cmdline         TEXT,                -- command line of the recorder
  unit            TEXT NOT NULL,       -- byte or line
  pointers        INTEGER NOT NULL,    -- 1: with kernel addresses
  clock           TEXT NOT NULL,       -- clock that stamped the events
  origin          TEXT,                -- that clock at at_ns = 0
  wall_offset     TEXT,                -- from that clock to time since 1970
  probes          TEXT NOT NULL,       -- JSON array of system:event
  events          INTEGER NOT NULL,    -- events of this capture in the log
  duration_ns     INTEGER NOT NULL,    -- time of the last event
  records         INTEGER NOT NULL,    -- records read from the file, of any kind
  ignored         INTEGER NOT NULL,    -- records that carry nothing used here
  rejected        INTEGER NOT NULL,    -- records or stretches that could not be read
  rejections      TEXT NOT NULL,       -- the first of them, JSON array of {offset, reason}
  out_of_order    INTEGER NOT NULL     -- events older than ones already in the log
) STRICT;

CREATE TABLE capture_drops (         -- captures that were taken out of the log again
  capture         INTEGER PRIMARY KEY, -- number that it had
  at              TEXT NOT NULL,       -- when it was dropped, UTC, ISO 8601
  reason          TEXT NOT NULL,       -- why
  path            TEXT NOT NULL,       -- name that it was given
  sha256          TEXT,                -- hash of its content
  first_position  INTEGER NOT NULL,    -- its first event in the log; the numbers of its events are not given again
  events          INTEGER NOT NULL     -- how many events it had
) STRICT;

CREATE TABLE journal (               -- every addition to the log, in order, each with a hash over itself and all before it
  seq             INTEGER PRIMARY KEY, -- from 1, without holes
  kind            TEXT NOT NULL,       -- start, batch, end or drop
  capture         INTEGER NOT NULL,    -- capture it is about
  position        INTEGER NOT NULL,    -- of the first event that it is about, or of the next one
  strings         INTEGER NOT NULL,    -- last id in strings by then: ids above the entry before came with this one
  addresses       INTEGER NOT NULL,    -- the same for addresses
  endpoints       INTEGER NOT NULL,    -- the same for endpoints
  tasks           INTEGER NOT NULL,    -- the same for tasks
  hash            BLOB NOT NULL        -- SHA-256: acceptq verify computes it again
) STRICT;

CREATE TABLE event_types (           -- names of the event type codes
  code            INTEGER PRIMARY KEY, -- first number of an event in batches.events
  name            TEXT NOT NULL,       -- stable name: the tracepoint, or the recorder's side-band record
  version         INTEGER NOT NULL,    -- version of the meaning of its arguments, from 1; a new one has a new code
  stream          TEXT NOT NULL,       -- kind of stream: task, socket or capture
  args            TEXT NOT NULL,       -- meaning of a0 to a5: JSON array of {name, kind}
  UNIQUE (name, version)
) STRICT;

CREATE TABLE strings (               -- interned text: command names, reasons
  id              INTEGER PRIMARY KEY, -- as in events where the argument is a string
  capture         INTEGER NOT NULL REFERENCES capture_starts (id), -- capture it was seen in
  text            TEXT NOT NULL        -- as recorded; any characters
) STRICT;

CREATE TABLE addresses (             -- interned kernel addresses: sockets, request sockets, code
  id              INTEGER PRIMARY KEY, -- as in events where the argument is a socket or an address
  capture         INTEGER NOT NULL REFERENCES capture_starts (id), -- capture it was seen in
  address         TEXT NOT NULL        -- hexadecimal; the kernel reuses them, see sockets
) STRICT;

CREATE TABLE endpoints (             -- interned address and port pairs
  id              INTEGER PRIMARY KEY, -- as in events where the argument is an endpoint
  capture         INTEGER NOT NULL REFERENCES capture_starts (id), -- capture it was seen in
  family          INTEGER NOT NULL,    -- AF_INET 2, AF_INET6 10
  address         TEXT NOT NULL,       -- canonical text
  port            INTEGER NOT NULL     -- 0 when not bound yet
) STRICT;

CREATE TABLE tasks (                 -- tasks as recorders knew them; a new name is a new row
  id              INTEGER PRIMARY KEY, -- as in batches.events
  capture         INTEGER NOT NULL REFERENCES capture_starts (id), -- capture it was seen in
  tid             INTEGER NOT NULL,    -- thread id (the kernel's pid)
  pid             INTEGER NOT NULL,    -- process id (the kernel's tgid)
  comm            INTEGER REFERENCES strings (id) -- command name at that time; null when not recorded
) STRICT;

CREATE TABLE batches (               -- the log itself: events in the order in which they happened, up to 1024 in a row
  position        INTEGER PRIMARY KEY, -- number of the first event in the log, from 1, without holes
  capture         INTEGER NOT NULL REFERENCES capture_starts (id), -- capture they belong to
  count           INTEGER NOT NULL,    -- how many
  at_ns           INTEGER NOT NULL,    -- what their times count from: nanoseconds since the capture's start
  source          INTEGER NOT NULL,    -- what their places in the capture count from, in captures.unit; a place below 0 is a line of a snapshot beside it
  from_ns         INTEGER NOT NULL,    -- earliest time
  to_ns           INTEGER NOT NULL,    -- latest time
  events          TEXT NOT NULL        -- JSON: an array for each, [type, version in its stream, time, cpu, task, source, a0 to a5]
) STRICT;

CREATE VIEW captures AS              -- the captures of the log that were not dropped
SELECT s.id AS id,                   -- number of the capture
  coalesce(e.sha256, s.sha256) AS sha256, -- hash of the whole content; null for a stream that is not complete
  s.path AS path,                    -- name it was given on the command line
  coalesce(e.format, s.format) AS format, -- wire format
  coalesce(e.tool, s.tool) AS tool,  -- recorder and version
  coalesce(e.kernel, s.kernel) AS kernel, -- kernel release of the recorded host
  coalesce(e.arch, s.arch) AS arch,  -- its machine
  coalesce(e.host, s.host) AS host,  -- its name
  coalesce(e.cmdline, s.cmdline) AS cmdline, -- command line of the recorder
  coalesce(e.unit, s.unit) AS unit,  -- what source and offset count
  coalesce(e.pointers, s.pointers) AS pointers, -- 1: socket events carry kernel addresses
  coalesce(e.clock, s.clock) AS clock, -- clock that stamped the events
  coalesce(e.origin, s.origin) AS origin, -- that clock at at_ns = 0
  coalesce(e.wall_offset, s.wall_offset) AS wall_offset, -- from that clock to time since 1970
  coalesce(e.probes, s.probes) AS probes, -- probes that were attached
  s.first_position AS first_position, -- first event in the log
  coalesce(e.events, (SELECT sum(count) FROM batches WHERE capture = s.id), 0) AS events, -- events in the log
  coalesce(e.duration_ns, (SELECT max(to_ns) FROM batches WHERE capture = s.id), 0) AS duration_ns, -- time of the last event
  coalesce(e.records, 0) AS records, -- records read; 0 while it is not complete, as the next four
  coalesce(e.ignored, 0) AS ignored, -- records that carry nothing used here
  coalesce(e.rejected, 0) AS rejected, -- records or stretches that could not be read
  coalesce(e.rejections, '[]') AS rejections, -- the first of them
  coalesce(e.out_of_order, 0) AS out_of_order, -- events older than ones already in the log
  coalesce(e.ending, 'open') AS ending -- complete; cut: it was not read to its end and cannot be; open: it is being read, or reading was interrupted
FROM capture_starts s
LEFT JOIN capture_ends e ON e.capture = s.id
WHERE s.id NOT IN (SELECT capture FROM capture_drops);

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
