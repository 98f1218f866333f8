// The database itself keeps the log append-only: no row of it is changed, and none goes but those of a capture that was dropped.

/** Tables of the log, each with the column that says which capture a row belongs to. */
export const LOG_TABLE_CAPTURES: Readonly<Record<string, string | null>> = {
  capture_starts: 'id',
  capture_ends: 'capture',
  capture_drops: null,
  journal: null,
  event_types: null,
  strings: 'capture',
  addresses: 'capture',
  endpoints: 'capture',
  tasks: 'capture',
  batches: 'capture',
};

const triggersOf = ([table, column]: [string, string | null]): string => {
  const unlessDropped = column === null ? '' : `WHEN OLD.${column} NOT IN (SELECT capture FROM capture_drops) `;
  return `
CREATE TRIGGER ${table}_never_change BEFORE UPDATE ON ${table}
BEGIN SELECT RAISE(ABORT, 'the log is append-only: ${table} cannot be changed'); END;
CREATE TRIGGER ${table}_never_go BEFORE DELETE ON ${table} ${unlessDropped}
BEGIN SELECT RAISE(ABORT, 'the log is append-only: only a dropped capture goes out of ${table}'); END;`;
};

/** Of batches, new ones are behind all that were ever there. */
const IN_ORDER = `
CREATE TRIGGER batches_in_order BEFORE INSERT ON batches
WHEN NEW.position <= (SELECT ifnull(max(position), 0) FROM batches) OR NEW.count < 1
BEGIN SELECT RAISE(ABORT, 'the log is append-only: a batch goes behind the last one'); END;`;

export const LOG_TRIGGERS = `${Object.entries(LOG_TABLE_CAPTURES).map(triggersOf).join('')}${IN_ORDER}\n`;
