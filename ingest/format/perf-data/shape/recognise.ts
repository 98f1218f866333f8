// Event formats of a file that has none, from what all records of an event have in common. Nothing is guessed from a few records.

import { type SyscallTable, syscallTable } from '../../../probe/syscall-table.ts';
import type { EventFormat } from '../../event-format/parse.ts';
import type { EventAttr } from '../attr.ts';
import { TYPE_TRACEPOINT } from '../attr.ts';
import { formatOf, SOCKET_SHAPES } from './socket-shapes.ts';
import { ENOUGH, SyscallShapes } from './syscall-shapes.ts';

/** Which of the socket shapes all records of one event had, as bits. */
interface Candidates {
  fitting: number;
  proven: number;
  records: number;
}

export class Recogniser {
  private readonly ids: ReadonlySet<number>;
  private readonly sockets = new Map<number, Candidates>();
  private readonly syscalls = new SyscallShapes();

  constructor(attrs: readonly EventAttr[]) {
    this.ids = new Set(attrs.filter(({ type }) => type === TYPE_TRACEPOINT).map(({ config }) => config));
  }

  /** Takes note of the raw data of one sample of the event `id`, taken in a task. */
  note(id: number, view: DataView, raw: number, size: number, littleEndian: boolean, tid: number): void {
    if (!this.ids.has(id)) return;
    let candidates = this.sockets.get(id);
    if (candidates === undefined) {
      candidates = { fitting: (1 << SOCKET_SHAPES.length) - 1, proven: 0, records: 0 };
      this.sockets.set(id, candidates);
    }
    candidates.records++;
    for (let k = 0, left = candidates.fitting; left !== 0; k++, left >>= 1) {
      if ((left & 1) === 0) continue;
      const shape = SOCKET_SHAPES[k];
      if (size !== shape.size || !shape.fits(view, raw, littleEndian)) candidates.fitting &= ~(1 << k);
      else if (shape.proves === undefined || shape.proves(view, raw, littleEndian)) candidates.proven |= 1 << k;
    }
    this.syscalls.note(id, view, raw, size, littleEndian, tid);
  }

  /** Records of the event `id` that were noted. */
  recordsOf(id: number): number {
    return this.sockets.get(id)?.records ?? 0;
  }

  /** Formats by id, of the events whose records all have one shape and no other. */
  formats(): Map<number, EventFormat> {
    const formats = this.syscallFormats();
    for (const [id, { fitting, proven, records }] of this.sockets) {
      const one = fitting & proven;
      if (records < ENOUGH || one === 0 || (fitting & (fitting - 1)) !== 0 || formats.has(id)) continue;
      const { system, name, fields } = SOCKET_SHAPES[31 - Math.clz32(one)];
      formats.set(id, formatOf(system, name, id, fields));
    }
    return formats;
  }

  /** Numbers are of the machine under whose table more of the events make sense; the file does not name it. */
  private syscallFormats(): Map<number, EventFormat> {
    const told = ['x86_64', 'aarch64'].map((arch) => this.syscalls.tell(syscallTable(arch) as SyscallTable, this.ids));
    told.sort((a, b) => b.size - a.size);
    return told[0].size > told[1].size ? told[0] : new Map();
  }
}
