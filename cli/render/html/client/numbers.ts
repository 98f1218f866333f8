// A chart's table: made of text nodes only, since labels come from the capture.
import type { Numbers } from './chart.ts';

export function fillNumbers(into: HTMLElement, { head, rows }: Numbers): void {
  const table = document.createElement('table');
  const line = (cells: readonly string[], tag: 'th' | 'td', parent: HTMLElement): void => {
    const row = parent.appendChild(document.createElement('tr'));
    for (const text of cells) {
      const cell = row.appendChild(document.createElement(tag));
      cell.textContent = text;
      cell.className = 'n';
      if (tag === 'th') cell.setAttribute('scope', 'col');
    }
  };
  line(head, 'th', table.appendChild(document.createElement('thead')));
  const body = table.appendChild(document.createElement('tbody'));
  for (const cells of rows) line(cells, 'td', body);
  into.replaceChildren(table);
}
