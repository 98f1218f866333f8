// v_waits and v_wait_quantiles: the times in the accept queue that ended in accept(), one by one and summed up.

export const V_WAITS = `
CREATE VIEW v_waits AS               -- waits: from entering the accept queue to accept(), one row each; what the report's wait_ns is made of
SELECT c.capture AS capture,         -- capture it was seen in, see captures
  c.listener AS listener,            -- listener, see v_listeners
  c.address AS address,              -- where that listens
  c.connection AS connection,        -- connection that waited, see v_connections
  c.enqueued_at_ns AS at_ns,         -- when it entered the accept queue, in ns since the capture's start
  c.dequeued_at_ns AS dequeued_at_ns, -- when accept() took it
  c.wait_ns AS wait_ns,              -- how long it waited
  c.wait_ms AS wait_ms,              -- the same in ms
  c.client AS client,                -- address and port of the client
  c.tid AS tid,                      -- thread that accepted it
  c.pid AS pid,                      -- its process
  c.comm AS comm                     -- its name
FROM v_connections c
WHERE c.outcome = 'accepted' AND c.enqueued_at_ns IS NOT NULL;
`;

/** The report's rule (nearest rank, core/stats/quantile.ts): the first wait whose rank is at least q times their number. */
const quantile = (q: number): string => `min(w.wait_ns) FILTER (WHERE w.place >= ${q} * w.waits)`;

export const V_WAIT_QUANTILES = `
CREATE VIEW v_wait_quantiles AS      -- waits summed up: one row a listener that has any, quantiles by nearest rank as in the report
SELECT w.capture AS capture,         -- capture, see captures
  w.listener AS listener,            -- listener, see v_listeners
  w.address AS address,              -- where that listens
  count(*) AS waits,                 -- how many waits
  ${quantile(0.5)} AS p50_ns,        -- half of them were no longer than this
  ${quantile(0.9)} AS p90_ns,        -- 90 % of them
  ${quantile(0.99)} AS p99_ns,       -- 99 % of them
  ${quantile(0.999)} AS p999_ns,     -- 99.9 % of them
  max(w.wait_ns) AS max_ns           -- the longest
FROM (SELECT capture, listener, address, wait_ns,
    row_number() OVER (PARTITION BY listener ORDER BY wait_ns) AS place,
    count(*) OVER (PARTITION BY listener) AS waits
  FROM v_waits) w
GROUP BY w.listener;
`;
