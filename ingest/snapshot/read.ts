// Reads a file beside a capture: which outputs of which tools it holds, one after the other, and what they say.
import type { Dictionaries } from '../../core/event/dictionary.ts';
import { type ByteSource, CaptureError } from '../format/format.ts';
import { LineWalk } from '../format/text/line-walk.ts';
import { netstatSentences } from './netstat-sentences.ts';
import { nstat } from './nstat.ts';
import { procCounters } from './proc-counters.ts';
import { procNetTcp } from './proc-net-tcp.ts';
import {
  type Part,
  type PartReader,
  type SnapshotFile,
  type SnapshotKind,
  SnapshotRows,
  type Unread,
} from './snapshot.ts';
import { ss } from './ss.ts';
import { readStamp } from './stamp.ts';
import { sysctlValues } from './sysctl-values.ts';

/** What is recognised, each by its own first line or, where tools print none, by its rows. */
export const SNAPSHOT_KINDS: readonly SnapshotKind[] = [
  ss,
  nstat,
  procCounters,
  netstatSentences,
  procNetTcp,
  sysctlValues,
];

/** More rows than this in one file are a mistake, or made to fill memory. */
const MAX_ROWS = 1 << 22;
const SHOWN = 60;

const utf8 = new TextDecoder('utf-8', { fatal: false });

interface Open {
  readonly part: Part;
  readonly reader: PartReader;
}

class FileReader {
  readonly rows: SnapshotRows;
  readonly parts: Part[] = [];
  unread: Unread | null = null;
  private wall: bigint | null = null;
  /** Keys of the parts since the last stamp: the next of the same key is a later one, whose time the stamp does not tell. */
  private readonly keys = new Set<string>();
  private open: Open | null = null;

  constructor(dictionaries: Dictionaries) {
    this.rows = new SnapshotRows(dictionaries);
  }

  line(text: string): void {
    if (/^[\s{}]*$/.test(text)) return; // blank, or the braces around pretty JSON
    const stamp = readStamp(text);
    if (stamp !== undefined) {
      this.end();
      this.wall = stamp;
      this.keys.clear();
      return;
    }
    if (this.begin(text, (kind) => kind.begins(text))) return;
    const outcome = this.open?.reader.line(text) ?? 'foreign';
    if (outcome === 'used') return;
    if (outcome === 'foreign' && this.begin(text, (kind) => kind.continues(text))) return;
    this.unread ??= { count: 0, line: this.rows.line, text: text.trim().slice(0, SHOWN) };
    this.unread.count++;
  }

  end(): void {
    if (this.open === null) return;
    this.open.reader.end();
    this.open.part.end = this.rows.batch.length;
    this.open = null;
  }

  private begin(text: string, keyOf: (kind: SnapshotKind) => string | null): boolean {
    for (const kind of SNAPSHOT_KINDS) {
      const key = keyOf(kind);
      if (key === null) continue;
      this.end();
      if (this.keys.has(key)) {
        this.wall = null;
        this.keys.clear();
      }
      this.keys.add(key);
      const first = this.rows.batch.length;
      const part = { kind: kind.name, key, wall: this.wall, first, end: first };
      this.parts.push(part);
      this.open = { part, reader: kind.open(this.rows) };
      this.open.reader.line(text);
      return true;
    }
    return false;
  }
}

/** Throws CaptureError when nothing in the file is known. `dictionaries` are the capture's. */
export function readSnapshots(source: ByteSource, dictionaries: Dictionaries): SnapshotFile {
  const reader = new FileReader(dictionaries);
  const { rows } = reader;
  const walk = new LineWalk(source);
  let first: string | null = null;
  while (walk.next() && rows.batch.length < MAX_ROWS) {
    rows.line = walk.number;
    const text = utf8.decode(walk.bytes.subarray(walk.start, walk.end));
    if (first === null && text.trim() !== '') first = text.trim().slice(0, SHOWN);
    reader.line(text);
  }
  reader.end();
  if (reader.parts.length === 0) {
    const tried = SNAPSHOT_KINDS.map((kind) => kind.name).join(', ');
    const what =
      first === null ? 'the file is empty' : `it holds no snapshot that acceptq knows (it starts with "${first}")`;
    throw new CaptureError(
      source.name,
      first === null ? null : 1,
      what,
      `--with takes the output of: ${tried}`,
      'line',
    );
  }
  return { name: source.name, rows: rows.batch, parts: reader.parts, unread: reader.unread };
}
