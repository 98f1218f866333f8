// v_depth: the length of each accept queue over time, summed up from the connections' arrivals and departures.
import { endpointText, ms } from './spelling.ts';

/*
 * A connection without a recorded arrival was there when the capture began, or its arrival was lost. The queue is first in, first out, so
 * of those without one the first to leave were there; as many as the listener counts in unseen_arrivals were lost. What lacks the time of
 * its arrival or of its departure is left out, so that the sum is a lower bound, and never climbs for good by what left unseen.
 *
 * At one instant departures come first: times of texts are in microseconds, and a queue is not longer for it. A connection that stayed no
 * time at all is counted in and out at its place.
 */
export const V_DEPTH = `
CREATE VIEW v_depth AS               -- depth over time: the length of each accept queue after each change
SELECT d.capture AS capture,         -- capture, see captures
  d.listener AS listener,            -- listener, see v_listeners
  ${endpointText('e')} AS address,   -- where that listens
  d.at_ns AS at_ns,                  -- when, in ns since the capture's start; 0 for what was in the queue before it
  ${ms('d.at_ns')} AS at_ms,         -- the same in ms
  d.change AS change,                -- 1: a connection entered, -1: one left
  d.connection AS connection,        -- which, see v_connections
  sum(d.change) OVER (PARTITION BY d.listener ORDER BY d.at_ns, d.turn, d.connection, d.change DESC ROWS UNBOUNDED PRECEDING) AS depth, -- length of the queue then
  l.unseen_arrivals + l.unseen_accepts AS left_out -- connections of this listener not counted here, for lack of an arrival or departure; above 0 depth is a lower bound
FROM (SELECT s.capture, s.listener, s.connection, c.change,
    CASE WHEN c.change = 1 THEN s.arrived ELSE max(s.arrived, s.gone) END AS at_ns,
    CASE WHEN c.change = -1 AND s.gone > s.arrived THEN 0 ELSE 1 END AS turn
  FROM (SELECT n.capture, n.listener, n.id AS connection,
      CASE WHEN n.enqueued_at_ns IS NOT NULL THEN n.enqueued_at_ns
        WHEN row_number() OVER (PARTITION BY n.listener, n.enqueued_at_ns IS NULL ORDER BY n.id)
          <= count(*) OVER (PARTITION BY n.listener, n.enqueued_at_ns IS NULL) - o.unseen_arrivals THEN 0 END AS arrived,
      CASE WHEN n.end = 'aborted' THEN coalesce(n.dequeued_at_ns, o.closed_at_ns) ELSE n.dequeued_at_ns END AS gone
    FROM connections n JOIN listeners o ON o.id = n.listener
    WHERE n.end <> 'unseen') s
  JOIN (SELECT 1 AS change UNION ALL SELECT -1) c
  WHERE s.arrived IS NOT NULL AND (c.change = 1 OR s.gone IS NOT NULL)) d
JOIN listeners l ON l.id = d.listener
LEFT JOIN endpoints e ON e.id = l.endpoint;
`;
