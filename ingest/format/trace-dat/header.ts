// How every trace.dat begins: magic, version, byte order, sizes (trace-cmd: Documentation/trace-cmd/trace-cmd.dat.v6 and .v7).
import { latin1 } from '../byte-window.ts';

const MAGIC = '\x17\x08\x44tracing';
/** Long enough for the magic, a version and what follows it. */
export const HEAD = 128;

export interface Start {
  /** Text behind the magic: `6`, `7`, or what another writer put there. */
  readonly version: string;
  readonly littleEndian: boolean;
  /** Size of a page as the recording host had it, in bytes. */
  readonly pageSize: number;
  /** Offset behind these fields. */
  readonly end: number;
}

export const hasMagic = (head: Uint8Array): boolean =>
  head.length > MAGIC.length && latin1(head.subarray(0, MAGIC.length)) === MAGIC;

/** The first fields; null when the file ends inside of them. */
export function readStart(head: Uint8Array): Start | null {
  const nul = head.indexOf(0, MAGIC.length);
  if (nul < 0 || nul - MAGIC.length > 16 || nul + 7 > head.length) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const littleEndian = head[nul + 1] !== 1;
  // head[nul + 2] is the size of a long in the recording program, which need not be the kernel's
  return {
    version: latin1(head.subarray(MAGIC.length, nul)),
    littleEndian,
    pageSize: view.getUint32(nul + 3, littleEndian),
    end: nul + 7,
  };
}

/** Where things are in a ring-buffer page, from the kernel's `header_page` text. */
export interface PageLayout {
  /** Size of `commit`, which is the kernel's long: 4 or 8. */
  readonly longSize: 4 | 8;
  /** Offset of the events: 12 or 16. */
  readonly dataOffset: number;
  /** Size of a page (sub-buffer) of the top buffer, 0 when not said. */
  readonly pageSize: number;
}

/** Reads `header_page`; null when it does not say what commit and data are. */
export function readPageLayout(text: string): PageLayout | null {
  const commit = /\bcommit;\s*offset:8;\s*size:([48]);/.exec(text);
  const data = /\bdata;\s*offset:(1[26]);\s*size:(\d{1,9});/.exec(text);
  if (commit === null || data === null) return null;
  const dataOffset = Number(data[1]);
  return { longSize: commit[1] === '4' ? 4 : 8, dataOffset, pageSize: dataOffset + Number(data[2]) };
}

/** Before Linux 2.6.32 an event's header had 2 bits of type and 3 of length. */
export const isAncient = (headerEvent: string): boolean => /type\s*:\s*2 bits/.test(headerEvent);
