// v_listen_calls: every listen() with its caller, its result by name and the address of its socket.
import { endpointText, errnoText, ms } from './spelling.ts';

export const V_LISTEN_CALLS = `
CREATE VIEW v_listen_calls AS        -- listen calls: every listen(), also those that failed
SELECT c.capture AS capture,         -- capture it was seen in, see captures
  c.id AS listen_call,               -- number of the call, in order of return
  c.at_ns AS at_ns,                  -- when it was called, in ns since the capture's start
  ${ms('c.at_ns')} AS at_ms,         -- the same in ms
  c.pid AS pid,                      -- process that called
  c.tid AS tid,                      -- its thread
  s.text AS comm,                    -- its name
  c.fd AS fd,                        -- first argument
  c.backlog AS backlog,              -- second argument, as passed
  c.result AS result,                -- 0 or a negative errno; null when the capture ends before it returned
  ${errnoText('c.result')} AS error, -- name of that errno, as EADDRINUSE; null: no error
  coalesce(${endpointText('f')}, ${endpointText('e')}) AS address, -- where the socket is bound; null when not seen
  c.listener AS listener             -- listener that it made or changed, see v_listeners
FROM listen_calls c
LEFT JOIN strings s ON s.id = c.comm
LEFT JOIN endpoints e ON e.id = c.endpoint
LEFT JOIN listeners l ON l.id = c.listener
LEFT JOIN endpoints f ON f.id = l.endpoint;
`;
