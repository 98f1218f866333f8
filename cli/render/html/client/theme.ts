// Light or dark: as the system has it, until the button says otherwise. Print is light.

export function wireTheme(redraw: () => void): void {
  const root = document.documentElement;
  const button = document.getElementById('theme') as HTMLButtonElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = (): boolean => (root.dataset.theme === undefined ? system.matches : root.dataset.theme === 'dark');
  const tell = (): void => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    redraw();
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    tell();
  });
  system.addEventListener('change', tell);
  let before: string | undefined;
  addEventListener('beforeprint', () => {
    before = root.dataset.theme;
    root.dataset.theme = 'light';
    redraw();
  });
  addEventListener('afterprint', () => {
    if (before === undefined) delete root.dataset.theme;
    else root.dataset.theme = before;
    redraw();
  });
  tell();
}
