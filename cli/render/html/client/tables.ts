// Tables that sort by a click on a head, and filter by text.

function cellValue(row: HTMLTableRowElement, column: number): number | string {
  const cell = row.cells[column];
  const text = cell.dataset.v ?? cell.textContent ?? '';
  const value = Number(text);
  return text !== '' && Number.isFinite(value) ? value : text;
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

function sortable(table: HTMLTableElement): void {
  const heads = [...(table.tHead?.rows[0].cells ?? [])];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const descending = head.getAttribute('aria-sort') !== 'descending' && head.classList.contains('n');
      const down = descending || head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((a, b) => compare(cellValue(a, column), cellValue(b, column)) * (down ? -1 : 1));
      body.append(...rows);
    });
  });
}

function filtering(input: HTMLInputElement): void {
  const table = document.getElementById(input.dataset.table ?? '') as HTMLTableElement | null;
  const paragraph = input.closest('p');
  if (table === null || paragraph === null) return;
  const rows = [...table.tBodies[0].rows];
  paragraph.hidden = rows.length < 2;
  const told = paragraph.querySelector('[role=status]');
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(row.textContent ?? '').toLowerCase().includes(wanted);
      if (!row.hidden) shown++;
    }
    if (told !== null) told.textContent = wanted === '' ? '' : `${shown} of ${rows.length}`;
  });
}

export function wireTables(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) sortable(table);
  for (const input of document.querySelectorAll<HTMLInputElement>('input[data-table]')) filtering(input);
}
