// A release function of sorters that looks at one row after the other.
import type { EventBatch } from '../../core/event/event-batch.ts';

export const byRow =
  (use: (rows: EventBatch, row: number) => void) =>
  (rows: EventBatch, order: Uint32Array): void => {
    for (const row of order) use(rows, row);
  };
