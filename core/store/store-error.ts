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

/** The store is of an older version; opened for writing it is brought into the present form. */
export class OldStoreError extends StoreError {}

/** What SQLite could not do to the file, as the user's error; undefined for one that is a fault of acceptq's. */
export function storeErrorOf(path: string, error: unknown): StoreError | undefined {
  const { code = '', message } = error as { code?: string; message: string };
  if (code === 'SQLITE_FULL')
    return new StoreError(path, 'the disk is full', 'make room, then run the same command again: what was read stays');
  if (code.startsWith('SQLITE_IOERR'))
    return new StoreError(
      path,
      `reading or writing the file failed (${code})`,
      'look at the disk and what the kernel says of it, then run the same command again: what was read stays',
    );
  if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB')
    return new StoreError(path, `the file is damaged (${message})`, 'acceptq verify says where');
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN' || code === 'SQLITE_PERM')
    return new StoreError(
      path,
      `it cannot be written (${message})`,
      'look at who may write to the file and its directory',
    );
  if (isBusy(error))
    return new StoreError(path, 'another process has it', 'wait until that is done, then run the same command again');
  return undefined;
}

/** Whether SQLite refused because another connection has the file. */
export const isBusy = (error: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED)/.test((error as { code?: string }).code ?? '');
