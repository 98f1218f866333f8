// The projections' tables: everything here can be dropped and rebuilt from the log to the same bytes.

export const PROJECTION_TABLE_NAMES = [
  'listen_calls',
  'queue_samples',
  'counters',
  'backlog_changes',
  'listeners',
  'listener_depth',
  'connections',
  'acceptors',
  'refusals',
  'gaps',
  'sockets',
  'orphan_acceptors',
] as const;

export const PROJECTION_TABLES = `
CREATE TABLE listen_calls (          -- every listen() that was called
  id              INTEGER PRIMARY KEY, -- in order of return
  capture         INTEGER NOT NULL,    -- capture it was seen in
  at_ns           INTEGER NOT NULL,    -- when it was called
  pid             INTEGER NOT NULL,    -- caller
  tid             INTEGER NOT NULL,    -- calling thread
  comm            INTEGER,             -- its name, in strings
  fd              INTEGER NOT NULL,    -- first argument
  backlog         INTEGER NOT NULL,    -- second argument, as passed
  result          INTEGER,             -- 0 or a negative errno; null when the capture ends before it returned
  endpoint        INTEGER,             -- where the socket is bound, in endpoints; null when not seen
  listener        INTEGER              -- listener that it made or changed
) STRICT;

CREATE TABLE backlog_changes (       -- each listen() that gave a listener its backlog
  id              INTEGER PRIMARY KEY, -- in order of time
  capture         INTEGER NOT NULL,    -- capture it was seen in
  listener        INTEGER NOT NULL,    -- in listeners
  at_ns           INTEGER NOT NULL,    -- when
  requested       INTEGER NOT NULL     -- backlog as passed, before the clamp
) STRICT;

CREATE TABLE listeners (             -- one life of a listening socket each
  id              INTEGER PRIMARY KEY, -- in order of appearance
  capture         INTEGER NOT NULL,    -- capture it was seen in
  family          INTEGER,             -- AF_UNIX 1, AF_INET 2, AF_INET6 10
  endpoint        INTEGER,             -- local address and port, in endpoints
  sk              INTEGER,             -- kernel address, in addresses
  generation      INTEGER,             -- which life of that address
  opened_at_ns    INTEGER,             -- null: before the capture
  closed_at_ns    INTEGER,             -- null: after the capture
  opened_pid      INTEGER,             -- process that called listen()
  opened_comm     INTEGER,             -- its name, in strings
  requested       INTEGER,             -- backlog of the last listen(), as passed
  enqueued        INTEGER NOT NULL,    -- arrivals recorded
  accepted        INTEGER NOT NULL,    -- accept() results >= 0
  lost_in_accept  INTEGER NOT NULL,    -- taken by an accept() that failed with EFAULT or ECONNABORTED
  left_in_queue   INTEGER NOT NULL,    -- in the queue when the capture ended
  aborted_at_close INTEGER NOT NULL,   -- in the queue when the listener was closed
  unseen_arrivals INTEGER NOT NULL,    -- accepted without a recorded arrival
  unseen_accepts  INTEGER NOT NULL,    -- gone without a recorded accept
  ambiguous       INTEGER NOT NULL,    -- arrivals that may be another listener's
  depth_max       INTEGER NOT NULL,    -- longest queue
  initial_depth   INTEGER NOT NULL,    -- in the queue when the capture began, at least
  synced          INTEGER NOT NULL,    -- 1: the queue's length was known exactly at some instant
  waiting_ns      INTEGER NOT NULL,    -- time with at least one connection in the queue
  longest_pause_ns INTEGER NOT NULL,   -- longest time in which connections waited and none was taken
  longest_pause_at_ns INTEGER NOT NULL, -- its start
  pauses          INTEGER NOT NULL,    -- such times of 100 ms or more
  paused_ns       INTEGER NOT NULL,    -- their sum
  synack_retransmits INTEGER NOT NULL, -- SYN-ACKs sent again
  syn_retransmits INTEGER NOT NULL,    -- SYNs sent again by clients on the host
  samples         INTEGER NOT NULL,    -- readings of its fields in the kernel, see queue_samples
  sampled_limit   INTEGER,             -- sk_max_ack_backlog as last read
  sampled_depth   INTEGER,             -- largest sk_ack_backlog read
  drops_first     INTEGER,             -- sk_drops as first read; 0 where its beginning was seen
  drops_last      INTEGER,             -- sk_drops as last read
  sample_misses   INTEGER NOT NULL,    -- readings that differ from the rebuilt length by more than the accepts under way
  syn_queue_max   INTEGER,             -- longest SYN queue read
  seen_overflows  INTEGER              -- refusals seen decided for a full accept queue; null: no such probe
) STRICT;

CREATE TABLE queue_samples (         -- readings of a listener's fields, in the kernel or by a tool
  id              INTEGER PRIMARY KEY, -- in order of time: the kernel's, then those of tools beside the capture
  capture         INTEGER NOT NULL,    -- capture it was seen in
  listener        INTEGER NOT NULL,    -- in listeners
  at_ns           INTEGER NOT NULL,    -- when it was read
  sk_ack_backlog  INTEGER,             -- connections in the accept queue
  sk_max_ack_backlog INTEGER,          -- its limit; the queue holds one more
  sk_drops        INTEGER,             -- segments the listener dropped so far
  syn_queue_len   INTEGER              -- requests in the SYN queue
) STRICT;

CREATE TABLE counters (              -- readings of counters of the network namespace
  id              INTEGER PRIMARY KEY, -- in order of time
  capture         INTEGER NOT NULL,    -- capture it belongs to
  at_ns           INTEGER NOT NULL,    -- when it was read
  name            INTEGER NOT NULL,    -- e.g. TcpExtListenOverflows, in strings
  value           INTEGER NOT NULL,    -- as printed
  absolute        INTEGER NOT NULL     -- 0: growth since that tool's last run
) STRICT;

CREATE TABLE listener_depth (        -- how long an accept queue had each length
  id              INTEGER PRIMARY KEY, -- by listener, then depth
  capture         INTEGER NOT NULL,    -- capture it was seen in
  listener        INTEGER NOT NULL,    -- in listeners
  depth           INTEGER NOT NULL,    -- length of the queue
  ns              INTEGER NOT NULL     -- how long
) STRICT;

CREATE TABLE connections (           -- every connection that was in an accept queue
  id              INTEGER PRIMARY KEY, -- in order of departure
  capture         INTEGER NOT NULL,    -- capture it was seen in
  listener        INTEGER NOT NULL,    -- in listeners
  sk              INTEGER,             -- kernel address of the child, in addresses
  remote          INTEGER,             -- client, in endpoints
  syn_at_ns       INTEGER,             -- first SYN, when the client is on the host
  syns            INTEGER,             -- SYNs sent until it got through
  enqueued_at_ns  INTEGER,             -- null: arrival not recorded
  depth           INTEGER,             -- length of the queue with it in
  accepts_in_flight INTEGER NOT NULL,  -- accept() calls under way then: the true length may differ by up to this
  dequeued_at_ns  INTEGER,             -- return of accept(), or the listener's end; null: neither was recorded
  tid             INTEGER,             -- thread that accepted it
  end             TEXT NOT NULL        -- accepted, lost_in_accept, aborted, left or unseen
) STRICT;

CREATE TABLE acceptors (             -- tasks that called accept() on a listener
  id              INTEGER PRIMARY KEY, -- by listener, then first call
  capture         INTEGER NOT NULL,    -- capture it was seen in
  listener        INTEGER NOT NULL,    -- in listeners
  tid             INTEGER NOT NULL,    -- thread
  pid             INTEGER NOT NULL,    -- process
  comm            INTEGER,             -- name, in strings
  accepted        INTEGER NOT NULL,    -- connections it got
  eagain          INTEGER NOT NULL,    -- calls that found the queue empty
  failed          INTEGER NOT NULL,    -- calls that failed otherwise
  blocked_ns      INTEGER NOT NULL     -- time asleep in accept() on an empty queue
) STRICT;

CREATE TABLE refusals (              -- SYNs and final ACKs that got no answer
  id              INTEGER PRIMARY KEY, -- in about the order of notice
  capture         INTEGER NOT NULL,    -- capture it was seen in
  listener        INTEGER NOT NULL,    -- in listeners
  kind            TEXT NOT NULL,       -- syn or ack
  at_ns           INTEGER NOT NULL,    -- when it was sent
  noticed_at_ns   INTEGER NOT NULL,    -- when the client sent it again
  client          INTEGER,             -- client, in endpoints
  evidence        TEXT NOT NULL,       -- client: sent again, or named by the kernel; decision: a probe saw it refused
  depth_low       INTEGER,             -- least length of the accept queue when it arrived; null when unknown
  depth_high      INTEGER              -- greatest
) STRICT;

CREATE TABLE gaps (                  -- stretches in which records were lost
  id              INTEGER PRIMARY KEY, -- in order of notice
  capture         INTEGER NOT NULL,    -- capture it belongs to
  kind            TEXT NOT NULL,       -- lost (records of a buffer), lost_samples (of an event, anywhere), throttle
  cpu             INTEGER,             -- processor; null: not said
  from_ns         INTEGER NOT NULL,    -- last event before it on that processor
  to_ns           INTEGER NOT NULL,    -- notice of loss
  count           INTEGER              -- records lost; null: not said
) STRICT;

CREATE TABLE sockets (               -- one life of a kernel socket address each: listeners, and sockets that showed no other role; children: see connections
  id              INTEGER PRIMARY KEY, -- in order of end
  capture         INTEGER NOT NULL,    -- capture it was seen in
  sk              INTEGER,             -- in addresses; null: the capture leaves kernel addresses out
  generation      INTEGER NOT NULL,    -- which life of that address, from 1
  role            TEXT NOT NULL,       -- listener or other
  first_at_ns     INTEGER NOT NULL,    -- first event of this life
  last_at_ns      INTEGER NOT NULL,    -- last state change
  local           INTEGER,             -- in endpoints
  remote          INTEGER,             -- in endpoints
  last_state      INTEGER NOT NULL     -- TCP state it was left in
) STRICT;

CREATE TABLE orphan_acceptors (      -- accept() calls whose listener could not be found
  id              INTEGER PRIMARY KEY, -- by process and fd
  capture         INTEGER NOT NULL,    -- capture it was seen in
  pid             INTEGER NOT NULL,    -- process
  tid             INTEGER NOT NULL,    -- thread
  comm            INTEGER,             -- name, in strings
  fd              INTEGER NOT NULL,    -- listening fd as the process knows it; -1: not known
  accepted        INTEGER NOT NULL     -- connections it got
) STRICT;
`;
