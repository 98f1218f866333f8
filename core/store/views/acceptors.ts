// v_acceptors: the tasks that called accept() on a listener, by name.
import { endpointText, ms } from './spelling.ts';

export const V_ACCEPTORS = `
CREATE VIEW v_acceptors AS           -- acceptors: tasks that called accept() on a listener
SELECT a.capture AS capture,         -- capture it was seen in, see captures
  a.listener AS listener,            -- listener, see v_listeners
  ${endpointText('e')} AS address,   -- where that listens
  a.pid AS pid,                      -- process
  a.tid AS tid,                      -- thread
  s.text AS comm,                    -- its name, as last seen
  a.accepted AS accepted,            -- connections it got
  a.eagain AS eagain,                -- calls that found the accept queue empty
  a.failed AS failed,                -- calls that failed otherwise
  a.blocked_ns AS blocked_ns,        -- time asleep in accept() on an empty queue
  ${ms('a.blocked_ns')} AS blocked_ms -- the same in ms
FROM acceptors a
JOIN listeners l ON l.id = a.listener
LEFT JOIN endpoints e ON e.id = l.endpoint
LEFT JOIN strings s ON s.id = a.comm;
`;
