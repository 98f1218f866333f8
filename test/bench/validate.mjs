// Speed of a validation: recorded events a second on one core, played to the model and compared, without reading them from the store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBatch } from '../../dist/core/event/event-batch.js';
import { readLog } from '../../dist/core/store/log-reader.js';
import { openStore } from '../../dist/core/store/store.js';
import { readValidationInput } from '../../dist/core/store/validation-input.js';
import { ingestCapture } from '../../dist/ingest/ingest.js';
import { openSource } from '../../dist/ingest/source/open.js';
import { validateCapture } from '../../dist/replay/validate/validate-capture.js';

const CAPTURES = ['acceptload-burst', 'nginx-ab', 'redis-benchmark'].map(
  (name) => `test/fixture/perf-data/${name}/perf.data`,
);
const GOAL = 500_000;
const TIMES = 60;

for (const path of CAPTURES) {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-bench-'));
  const store = openStore(join(directory, 'store.db'), { mode: 'create' });
  try {
    ingestCapture(store.db, await openSource(path));
    const [input] = readValidationInput(store.db, null);
    const rows = new EventBatch(input.events);
    rows.position = 1;
    for (const batch of readLog(store.db, input.id))
      for (let row = 0; row < batch.length; row++) rows.copyRow(batch, row);
    let best = 0;
    for (let round = 0; round < 4; round++) {
      const start = process.hrtime.bigint();
      for (let k = 0; k < TIMES; k++) validateCapture(input, [rows], null);
      best = Math.max(best, (TIMES * rows.length) / (Number(process.hrtime.bigint() - start) / 1e9));
    }
    console.log(
      `validate ${path}: ${Math.round(best).toLocaleString('en')} events/s (goal ${GOAL.toLocaleString('en')})`,
    );
  } finally {
    store.close();
    rmSync(directory, { recursive: true });
  }
}
