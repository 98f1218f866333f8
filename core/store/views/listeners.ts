// v_listeners: the listeners with their addresses and names spelled out.
import { endpointText, familyName, ms } from './spelling.ts';

export const V_LISTENERS = `
CREATE VIEW v_listeners AS           -- listeners: one life of a listening socket each
SELECT l.capture AS capture,         -- capture it was seen in, see captures
  l.id AS listener,                  -- number of the listener, as in the report
  ${familyName('l.family')} AS family, -- inet, inet6 or unix; null: no probe showed it
  ${endpointText('e')} AS address,   -- where it listens: 127.0.0.1:80, [::1]:80; null when not seen
  e.port AS port,                    -- its port alone
  a.address AS sk,                   -- kernel address of the socket; null: the capture leaves it out
  l.generation AS generation,        -- which life of that kernel address, from 1
  l.opened_at_ns AS opened_at_ns,    -- listen(), in ns since the capture's start; null: before it
  l.closed_at_ns AS closed_at_ns,    -- its end; null: after the capture
  l.opened_pid AS opened_pid,        -- process that called listen()
  s.text AS opened_comm,             -- its name
  l.requested AS backlog,            -- backlog of the last listen(), as passed
  l.sampled_limit AS sk_max_ack_backlog, -- the effective backlog, as last read in the kernel; null: not read, acceptq report says what it infers
  l.sampled_limit + 1 AS capacity,   -- how many connections the accept queue holds by that reading
  max(l.enqueued, l.accepted + l.lost_in_accept - l.initial_depth) AS enqueued, -- connections that entered the accept queue: what was accepted had arrived, seen or not
  l.accepted AS accepted,            -- connections that accept() returned
  l.lost_in_accept AS lost_in_accept, -- taken from the queue by an accept() that failed
  l.left_in_queue AS left_in_queue,  -- in the queue when the capture ended
  l.aborted_at_close AS aborted_at_close, -- in the queue when the listener was closed
  l.initial_depth AS initial_depth,  -- in the queue when the capture began, at least
  l.unseen_arrivals AS unseen_arrivals, -- accepted without a recorded arrival
  l.unseen_accepts AS unseen_accepts, -- gone without a recorded accept()
  l.ambiguous AS ambiguous,          -- arrivals that may be another listener's
  l.depth_max AS depth_max,          -- longest accept queue, as rebuilt from arrivals and accepts
  l.sampled_depth AS sk_ack_backlog_max, -- longest accept queue read in the kernel; null: not read
  l.waiting_ns AS waiting_ns,        -- time with at least one connection in the queue
  ${ms('l.waiting_ns')} AS waiting_ms, -- the same in ms
  l.longest_pause_ns AS longest_pause_ns, -- longest time in which connections waited and none was taken
  l.longest_pause_at_ns AS longest_pause_at_ns, -- its start
  l.syn_queue_max AS syn_queue_max,  -- longest SYN queue read; null: not read
  l.syn_retransmits AS syn_retransmits, -- SYNs sent again by clients on the host
  l.synack_retransmits AS synack_retransmits, -- SYN-ACKs sent again
  max(0, l.drops_last - l.drops_first) AS sk_drops, -- growth of sk_drops between its first and last reading; null: not read twice
  l.seen_overflows AS overflows_seen -- refusals seen decided for a full accept queue; null: no probe sees decisions, see v_overflows
FROM listeners l
LEFT JOIN endpoints e ON e.id = l.endpoint
LEFT JOIN addresses a ON a.id = l.sk
LEFT JOIN strings s ON s.id = l.opened_comm;
`;
