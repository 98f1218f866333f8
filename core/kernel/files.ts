// struct file and the fd table (fs/file.c): lowest free number, duplicates, close-on-exec, sharing between threads.
import { EBADF, EINVAL, EMFILE } from './errno.ts';
import type { Host } from './host.ts';
import type { Socket } from './socket.ts';

export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
const EBUSY = 16;

/** An open file description. Duplicates, forked copies and calls that sleep in it share it. */
export class OpenFile {
  refs = 1;
  nonblock = false;
  /** The socket, or null for a file of another kind. */
  readonly socket: Socket | null;
  /** Opened with O_PATH: every call but close, dup and fcntl answers EBADF. */
  readonly path: boolean;

  constructor(socket: Socket | null, path = false) {
    this.socket = socket;
    this.path = path;
  }
}

interface Slot {
  /** null: the number is reserved by an accept() that sleeps. */
  readonly file: OpenFile | null;
  readonly cloexec: boolean;
}

/** files_struct: shared by threads, copied by fork(). */
export class Files {
  readonly slots: (Slot | undefined)[] = [];
  users = 1;
  /** Lowest number that may be free. */
  #next = 0;

  /** get_unused_fd_flags: reserves the lowest free number from `min` on. @returns the number or -EMFILE. */
  reserve(limit: number, min = 0): number {
    let fd = Math.max(min, this.#next);
    while (this.slots[fd] !== undefined) fd++;
    if (min <= this.#next) this.#next = fd;
    if (fd >= limit) return -EMFILE;
    this.slots[fd] = { file: null, cloexec: false };
    return fd;
  }

  /** fd_install. */
  install(fd: number, file: OpenFile, cloexec: boolean): void {
    this.slots[fd] = { file, cloexec };
  }

  /** put_unused_fd: gives a number back. */
  release(fd: number): void {
    this.slots[fd] = undefined;
    if (fd < this.#next) this.#next = fd;
  }

  /** fdget: the file, null for a bad number or one opened with O_PATH. */
  get(fd: number): OpenFile | null {
    const file = this.raw(fd);
    return file === null || file.path ? null : file;
  }

  /** fdget_raw: also files opened with O_PATH. */
  raw(fd: number): OpenFile | null {
    return this.slots[fd]?.file ?? null;
  }

  /** Numbers in use whose slot is of a kind, lowest first. */
  numbers(kind: (slot: Slot) => boolean): number[] {
    return this.slots.flatMap((slot, fd) => (slot !== undefined && kind(slot) ? [fd] : []));
  }

  /** A copy for a forked child. */
  copy(): Files {
    const files = new Files();
    this.slots.forEach((slot, fd) => {
      if (slot?.file == null) return;
      slot.file.refs++;
      files.slots[fd] = slot;
    });
    return files;
  }
}

/** fput: the last reference releases the socket. */
export function fput(host: Host, file: OpenFile): void {
  file.refs--;
  if (file.refs > 0 || file.socket === null) return;
  file.socket.ops.release(file.socket);
  host.runWoken();
}

/**
 * Many descriptors in one call, as exit() and exec() close them: the files end when the call returns (task_work_run), and since 4.3 the
 * one that was closed last goes first. It shows when both ends of a connection, or a listener and its client, are among them.
 */
export function closeFds(host: Host, files: Files, fds: readonly number[]): void {
  const ending: OpenFile[] = [];
  for (const fd of fds) {
    const file = files.raw(fd);
    files.release(fd);
    if (file === null) continue;
    if (file.refs === 1) ending.push(file);
    else file.refs--;
  }
  if (host.profile.lastClosedEndsFirst) ending.reverse();
  for (const file of ending) fput(host, file);
}

/** close(). */
export function closeFd(host: Host, files: Files, fd: number): number {
  const file = files.raw(fd);
  if (file === null) return -EBADF;
  files.release(fd);
  fput(host, file);
  return 0;
}

/** fcntl(F_DUPFD), and dup() with min 0. */
export function dupFd(files: Files, fd: number, limit: number, min: number, cloexec: boolean): number {
  const file = files.raw(fd);
  if (file === null) return -EBADF;
  if (min < 0 || min >= limit) return -EINVAL;
  const copy = files.reserve(limit, min);
  if (copy < 0) return copy;
  file.refs++;
  files.install(copy, file, cloexec);
  return copy;
}

/** dup3() after its own checks of flags and equal numbers (ksys_dup3). */
export function dup3Fd(host: Host, files: Files, fd: number, to: number, limit: number, cloexec: boolean): number {
  if (to < 0 || to >= limit) return -EBADF;
  const file = files.raw(fd);
  if (file === null) return -EBADF;
  const slot = files.slots[to];
  if (slot !== undefined && slot.file === null) return -EBUSY;
  const old = slot?.file ?? null;
  file.refs++;
  files.install(to, file, cloexec);
  if (old !== null) fput(host, old);
  return to;
}
