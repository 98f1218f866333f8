// Views and tables with what their columns are, for people.
import type { SchemaObject } from '../../core/store/schema-text.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { paint, table, wrap } from './text.ts';

/** One view or table: its purpose, then a line for each column. */
function* described({ name, kind, purpose, columns }: SchemaObject, style: TextStyle): Generator<string, void> {
  yield `${paint(style, 'bold', escapeText(name))} (${kind}): ${escapeText(purpose)}`;
  const width = Math.max(0, ...columns.map((column) => column.name.length));
  for (const column of columns) {
    const indent = ' '.repeat(width + 4);
    const lines = wrap(escapeText(column.comment), style.width, indent);
    const first = `  ${escapeText(column.name).padEnd(width)}  ${(lines[0] ?? '').slice(indent.length)}`;
    yield first.trimEnd();
    yield* lines.slice(1);
  }
}

/** All of them: views in full, tables by purpose. `only`: those alone, in full. */
export function* schemaText(
  objects: readonly SchemaObject[],
  only: boolean,
  style: TextStyle,
): Generator<string, void> {
  const full = objects.filter(({ kind }) => only || kind === 'view');
  for (const [k, object] of full.entries()) {
    if (k > 0) yield '';
    yield* described(object, style);
  }
  const rest = objects.filter((object) => !full.includes(object));
  if (rest.length === 0) return;
  yield '';
  yield* table(
    [
      { title: 'TABLE', align: 'left' },
      { title: 'PURPOSE (--schema NAME shows the columns)', align: 'left' },
    ],
    rest.map(({ name, purpose }) => [escapeText(name), escapeText(purpose)]),
  );
}
