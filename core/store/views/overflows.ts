// v_overflows: SYNs and final ACKs that a listener refused, each once, with what is known of the cause.
import { endpointText, ms } from './spelling.ts';

/*
 * What clients show is left out where a probe saw the decisions: it would be the same refusals once more. A final ACK is only in the table
 * when the kernel named the full accept queue as the reason. For a SYN that got no answer the cause follows from the queue's length and limit;
 * here only a limit that was read counts, while the report also infers one.
 */
export const V_OVERFLOWS = `
CREATE VIEW v_overflows AS           -- overflows: SYNs and final ACKs that a listener refused, each once
SELECT r.capture AS capture,         -- capture it was seen in, see captures
  r.listener AS listener,            -- listener, see v_listeners
  ${endpointText('e')} AS address,   -- where that listens
  r.at_ns AS at_ns,                  -- when the refused segment was sent, in ns since the capture's start
  ${ms('r.at_ns')} AS at_ms,         -- the same in ms
  r.noticed_at_ns AS noticed_at_ns,  -- by when it is known: the client sent it again
  r.kind AS kind,                    -- syn, or ack: the final ACK of the handshake
  CASE WHEN r.evidence = 'decision' OR r.kind = 'ack' THEN 'accept_queue_full'
    WHEN l.sampled_limit IS NULL OR r.depth_high IS NULL THEN 'unknown'
    WHEN r.depth_high > l.sampled_limit THEN 'accept_queue_full' ELSE 'other' END AS cause, -- accept_queue_full; other: the queue had room; unknown: full if depth_high reaches the capacity that acceptq report gives
  r.evidence AS evidence,            -- decision: a probe saw the kernel refuse it; client: it was sent again, or the kernel named the reason
  ${endpointText('c')} AS client,    -- address and port of the client; null when not seen
  r.depth_low AS depth_low,          -- least length of the accept queue when it arrived; null when unknown
  r.depth_high AS depth_high,        -- greatest; too great where the capture has no accept() calls
  l.sampled_limit + 1 AS capacity    -- how many connections the queue holds, by sk_max_ack_backlog as read; null: not read
FROM refusals r
JOIN listeners l ON l.id = r.listener
LEFT JOIN endpoints e ON e.id = l.endpoint
LEFT JOIN endpoints c ON c.id = r.client
WHERE r.evidence = 'decision'
  OR r.listener NOT IN (SELECT o.listener FROM refusals o WHERE o.evidence = 'decision');
`;
