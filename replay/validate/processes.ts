// The fd tables of a capture's processes, as far as its calls show them: what each descriptor is, in the capture and in the model.
import type { OpenFile } from '../../core/kernel/files.ts';
import { FilesTable } from './fd-table.ts';
import type { SeenListener } from './seen-listener.ts';

/** A struct file of the capture. */
export class SeenFile {
  /** `socket`: made by a socket() in the capture; `child`: by an accept(); `unknown`: older, or opened by a call that is not traced. */
  readonly kind: 'socket' | 'child' | 'unknown';
  family: number | null = null;
  type: number | null = null;
  /** Its twin in the model; null while nothing tells what it is. */
  model: OpenFile | null = null;
  listener: SeenListener | null = null;
  /** It has a name by bind(), or may have. */
  bound = false;
  /** After connect() succeeded it is a connection until it is closed; after one that is under way nobody knows. */
  connected: 'no' | 'maybe' | 'yes' = 'no';
  /** Options whose values are not traced. */
  options = false;
  /** Of a child: where it was accepted, and the sock that the model's order says it is; `sure` when no other accept() was near. */
  via: SeenFile | null = null;
  childSk = Number.NaN;
  sure = false;
  /** Connections that were accepted before the listener was known. */
  accepted = 0;
  /** Accepts under way since before the listener was known. */
  readonly waiting = new Map<number, number>();

  constructor(kind: SeenFile['kind']) {
    this.kind = kind;
  }
}

/** A call that a task is in. Used again for the task's next call. */
export interface SeenCall {
  name: string;
  at: number;
  position: number;
  a0: number;
  a1: number;
  a2: number;
  flags: number;
  pid: number;
  file: SeenFile | null;
  /** The sock that went CLOSE → LISTEN in this listen(), or to SYN_SENT in this connect(). */
  sk: number;
  local: number;
  started: boolean;
  stopped: boolean;
  /** Another accept() on the same listener was under way at some instant. */
  crowded: boolean;
}

const CLONE_FILES = 0x400;

const tableKey = (pid: number, tid: number): number => (pid >= 0 ? pid : -2 - tid);

export class Processes {
  readonly #tables = new Map<number, FilesTable<SeenFile>>();
  readonly #calls = new Map<number, SeenCall>();

  /** The call that a task is in; undefined for none that is traced. */
  current(tid: number): SeenCall | undefined {
    const call = this.#calls.get(tid);
    return call === undefined || call.name === '' ? undefined : call;
  }

  /** The task's record, to be filled with a call. */
  callOf(tid: number): SeenCall {
    let call = this.#calls.get(tid);
    if (call === undefined) {
      call = {
        name: '',
        at: 0,
        position: 0,
        a0: 0,
        a1: 0,
        a2: 0,
        flags: 0,
        pid: -1,
        file: null,
        sk: Number.NaN,
        local: Number.NaN,
        started: false,
        stopped: false,
        crowded: false,
      };
      this.#calls.set(tid, call);
    }
    return call;
  }

  table(pid: number, tid: number): FilesTable<SeenFile> {
    const key = tableKey(pid, tid);
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = new FilesTable();
      this.#tables.set(key, table);
    }
    return table;
  }

  /** The file of a descriptor; a new unknown one where nothing is known. */
  fileOf(pid: number, tid: number, fd: number): SeenFile {
    const table = this.table(pid, tid);
    const known = table.get(fd);
    if (known !== undefined) return known;
    const inherited = pid < 0 ? this.#onlyOther(table, fd) : null;
    const file = inherited ?? new SeenFile('unknown');
    table.install(fd, file, false);
    return file;
  }

  /** Where processes are not told, a thread shares, and a forked task inherits, the one listener that another task has at the number. */
  #onlyOther(own: FilesTable<SeenFile>, fd: number): SeenFile | null {
    let only: SeenFile | null = null;
    for (const table of this.#tables.values()) {
      const file = table === own ? undefined : table.get(fd);
      if (file?.listener == null || file === only) continue;
      if (only !== null) return null;
      only = file;
    }
    return only;
  }

  forked(parentPid: number, parentTid: number, pid: number, tid: number): void {
    if (pid >= 0 && parentPid === pid) return;
    const parent = this.#tables.get(tableKey(parentPid, parentTid));
    if (parent === undefined) return;
    const call = this.current(parentTid);
    const shares = call?.name === 'clone' ? (call.a0 & CLONE_FILES) !== 0 : pid < 0 && call?.name === 'clone3';
    this.#tables.set(tableKey(pid, tid), shares ? parent : parent.copy());
  }

  exec(pid: number, tid: number): void {
    this.#tables.get(tableKey(pid, tid))?.exec();
  }

  exited(pid: number, tid: number): void {
    this.#calls.delete(tid);
    if (tid === pid || pid < 0) this.#tables.delete(tableKey(pid, tid));
  }

  /** Events were lost: calls under way may have ended, descriptors may be other files. */
  forget(): void {
    this.#calls.clear();
    this.#tables.clear();
  }
}
