// v_connections: every connection that was in an accept queue, its client, its acceptor and its times.
import { endpointText, ms, span } from './spelling.ts';

const HANDSHAKE = span('c.syn_at_ns', 'c.enqueued_at_ns');
const WAIT = span('c.enqueued_at_ns', 'c.dequeued_at_ns');

export const V_CONNECTIONS = `
CREATE VIEW v_connections AS         -- connections: every one that was in an accept queue
SELECT c.capture AS capture,         -- capture it was seen in, see captures
  c.listener AS listener,            -- listener it came to, see v_listeners
  ${endpointText('e')} AS address,   -- where that listens
  c.id AS connection,                -- number of the connection, in order of departure from the queue
  ${endpointText('r')} AS client,    -- address and port of the client; null when not seen
  a.address AS sk,                   -- kernel address of the child socket; null: the capture leaves it out
  c.syn_at_ns AS syn_at_ns,          -- first SYN, in ns since the capture's start; null: the client is not on the host
  c.syns AS syns,                    -- SYNs sent until it got through
  c.enqueued_at_ns AS enqueued_at_ns, -- when it entered the accept queue; null: not recorded
  c.dequeued_at_ns AS dequeued_at_ns, -- when it left it; null: not recorded, or not before the capture's end
  ${HANDSHAKE} AS handshake_ns,      -- first SYN to accept queue
  ${ms(HANDSHAKE)} AS handshake_ms,  -- the same in ms
  ${WAIT} AS wait_ns,                -- time in the accept queue, however it ended; null when either end is not known
  ${ms(WAIT)} AS wait_ms,            -- the same in ms
  c.depth AS depth,                  -- length of the accept queue with it in
  c.accepts_in_flight AS accepts_in_flight, -- accept() calls under way then: the true length may differ by up to this
  c.end AS outcome,                  -- accepted, lost_in_accept (accept() failed), aborted (listener closed), left (still in the queue), unseen (gone without a record)
  c.tid AS tid,                      -- thread that accepted it
  k.pid AS pid,                      -- its process
  s.text AS comm                     -- its name
FROM connections c
LEFT JOIN listeners l ON l.id = c.listener
LEFT JOIN endpoints e ON e.id = l.endpoint
LEFT JOIN endpoints r ON r.id = c.remote
LEFT JOIN addresses a ON a.id = c.sk
LEFT JOIN acceptors k ON k.listener = c.listener AND k.tid = c.tid
LEFT JOIN strings s ON s.id = k.comm;
`;
