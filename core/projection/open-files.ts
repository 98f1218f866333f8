// Task fd tables: which open file (struct file) each fd of each process means, as far as socket calls show it.
import type { Listener } from './listener.ts';
import type { AcceptCall } from './queue-timeline.ts';

const O_CLOEXEC = 0o2000000;

/** A struct file that is, or may be, a socket. Shared by dup, fork and threads. */
export class OpenFile {
  /** Socket family and type from socket(); null when opened before the capture. */
  family: number | null = null;
  type: number | null = null;
  listener: Listener | null = null;
  /** Local endpoint, where a recorder shows what is behind fds. */
  local: number | null = null;
  /** For an accepted connection: the listening file it came from. */
  acceptedVia: OpenFile | null = null;
  /** And the call that made it. */
  accepted: AcceptCall | null = null;
  /** Accepts that wait for `listener` to become known. */
  unbound: AcceptCall[] = [];
  fd = -1;
}

export interface Descriptor {
  readonly file: OpenFile;
  cloexec: boolean;
}

/** A files_struct: the fds of one process. Holds only fds that socket calls mentioned. */
export class FilesTable {
  private readonly descriptors = new Map<number, Descriptor>();

  get(fd: number): OpenFile | undefined {
    return this.descriptors.get(fd)?.file;
  }

  /** The file of an fd; one that was opened before the capture (or by a call not traced) gets an empty file. */
  getOrUnknown(fd: number): OpenFile {
    const known = this.descriptors.get(fd);
    if (known !== undefined) return known.file;
    const file = new OpenFile();
    file.fd = fd;
    this.descriptors.set(fd, { file, cloexec: false });
    return file;
  }

  entries(): Iterable<[fd: number, descriptor: Descriptor]> {
    return this.descriptors;
  }

  install(fd: number, file: OpenFile, cloexec: boolean): void {
    this.descriptors.set(fd, { file, cloexec });
  }

  close(fd: number): void {
    this.descriptors.delete(fd);
  }

  closeRange(first: number, last: number): void {
    for (const fd of this.descriptors.keys()) if (fd >= first && fd <= last) this.descriptors.delete(fd);
  }

  setCloexec(fd: number, cloexec: boolean): void {
    const descriptor = this.descriptors.get(fd);
    if (descriptor !== undefined) descriptor.cloexec = cloexec;
  }

  setCloexecRange(first: number, last: number): void {
    for (const [fd, descriptor] of this.descriptors) if (fd >= first && fd <= last) descriptor.cloexec = true;
  }

  /** dup_fd() of a fork: the same files under the same numbers. */
  copy(): FilesTable {
    const copy = new FilesTable();
    for (const [fd, { file, cloexec }] of this.descriptors) copy.descriptors.set(fd, { file, cloexec });
    return copy;
  }

  /** do_close_on_exec(). */
  exec(): void {
    for (const [fd, { cloexec }] of this.descriptors) if (cloexec) this.descriptors.delete(fd);
  }
}

/** SOCK_CLOEXEC and O_CLOEXEC are the same bit (x86, arm64, riscv, s390). */
export const hasCloexec = (flags: number): boolean => !Number.isNaN(flags) && (flags & O_CLOEXEC) !== 0;
