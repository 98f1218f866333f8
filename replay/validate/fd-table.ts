// A files_struct as far as calls show it: descriptors that were mentioned, and which of them an exec closes.

interface Descriptor<File> {
  readonly file: File;
  cloexec: boolean;
}

export class FilesTable<File> {
  readonly #descriptors = new Map<number, Descriptor<File>>();

  get(fd: number): File | undefined {
    return this.#descriptors.get(fd)?.file;
  }

  install(fd: number, file: File, cloexec: boolean): void {
    this.#descriptors.set(fd, { file, cloexec });
  }

  close(fd: number): void {
    this.#descriptors.delete(fd);
  }

  closeRange(first: number, last: number): void {
    for (const fd of this.#descriptors.keys()) if (fd >= first && fd <= last) this.#descriptors.delete(fd);
  }

  setCloexec(first: number, last: number, cloexec: boolean): void {
    for (const [fd, descriptor] of this.#descriptors) if (fd >= first && fd <= last) descriptor.cloexec = cloexec;
  }

  /** dup_fd() of a fork. */
  copy(): FilesTable<File> {
    const copy = new FilesTable<File>();
    for (const [fd, { file, cloexec }] of this.#descriptors) copy.#descriptors.set(fd, { file, cloexec });
    return copy;
  }

  /** do_close_on_exec(). */
  exec(): void {
    for (const [fd, { cloexec }] of this.#descriptors) if (cloexec) this.#descriptors.delete(fd);
  }
}
