// The error of stores, apart from SQLite so that the command line can name it without loading a native module.

/** The store cannot be used. Shown to the user with exit status 3. */
export class StoreError extends Error {
  readonly path: string;
  readonly next: string;

  constructor(path: string, message: string, next: string) {
    super(message);
    this.path = path;
    this.next = next;
  }
}

/** Whether SQLite refused because another connection has the file. */
export const isBusy = (error: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED)/.test((error as { code?: string }).code ?? '');
