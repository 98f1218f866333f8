// Acceptors that race for a connection on two processors, recorded on a busy machine: the kernel's own sk_ack_backlog says who was first.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ingestCapture } from '../../../ingest/ingest.ts';
import { openSource } from '../../../ingest/source/open.ts';
import { withStore } from '../../support/fixtures.ts';

const CAPTURE = fileURLToPath(new URL('../../fixture/bpftrace-cases/outrun.json.xz', import.meta.url));

it('leaves no connection in the queue that an acceptor has', async () => {
  const source = await openSource(CAPTURE);
  withStore((store) => {
    ingestCapture(store.db, source);
    // the load made 600 connections, and printed that it accepted as many
    const [listener] = store.db.prepare('SELECT * FROM listeners').all() as Record<string, number>[];
    expect(listener).toMatchObject({
      enqueued: 600,
      accepted: 600,
      unseen_arrivals: 0,
      unseen_accepts: 0,
      left_in_queue: 0,
      samples: 601,
    });
    // of 601 readings; with one connection too many in the queue it was 249
    expect(listener.sample_misses).toBeLessThan(10);
  });
  source.close();
});
