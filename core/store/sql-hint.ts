// What to do about a query that SQLite refused: the names that were meant.
import { closestNames } from './closest-names.ts';
import type { SchemaObject } from './schema-text.ts';
import { VIEWS } from './views/index.ts';

const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

const orOf = (names: readonly string[]): string =>
  names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;

const suggestion = (names: readonly string[]): string => (names.length === 0 ? '' : `did you mean ${orOf(names)}? `);

/** Tables and views that the query speaks of; all where it names none that there is. */
function spokenOf(sql: string, schema: readonly SchemaObject[]): readonly SchemaObject[] {
  const words = new Set(sql.toLowerCase().match(/\w+/g));
  const own = schema.filter(({ name }) => words.has(name.toLowerCase()));
  return own.length === 0 ? schema : own;
}

/** A line for the user; null when the message says it all. `message` is SQLite's. */
export function hintFor(message: string, sql: string, schema: readonly SchemaObject[]): string | null {
  const table = /^no such table: (.+)$/.exec(message);
  if (table !== null) {
    const name = last(table[1]);
    if (Object.hasOwn(VIEWS, name.toLowerCase()))
      return 'this store was made before there was such a view; acceptq rebuild --db FILE adds it';
    const near = closestNames(
      name,
      schema.map((object) => object.name),
    );
    return `${suggestion(near)}acceptq sql --db FILE --schema lists what there is`;
  }
  const column = /^no such column: "?([^"]+?)"?(?: - should this .*)?$/.exec(message);
  if (column === null) return null;
  const objects = spokenOf(sql, schema);
  const near = closestNames(
    last(column[1]),
    objects.flatMap((object) => object.columns.map(({ name }) => name)),
  );
  const shown = objects.length === 1 ? ` ${objects[0].name}` : '';
  return `${suggestion(near)}acceptq sql --db FILE --schema${shown} shows the columns`;
}
