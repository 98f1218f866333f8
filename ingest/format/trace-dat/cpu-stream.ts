// One CPU's records in order, with those passed over that are of no use: what the merge takes from.
import type { ReadTotals } from '../../../core/event/capture.ts';
import { reject } from '../../../core/event/capture.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import type { RecordKind } from '../../probe/record-kind.ts';
import type { Pages } from './pages.ts';
import type { Place } from './place.ts';
import { MISSED_UNKNOWN, NOTHING_MISSED, type SubBuffer } from './sub-buffer.ts';

const LOST = eventCode('lost');
const LOST_UNKNOWN = eventCode('lost_unknown');

export interface StreamContext {
  readonly littleEndian: boolean;
  /** By event id: what to do, null for an event of no use, undefined for one whose format is not in the file. */
  readonly kinds: readonly (RecordKind<Place> | null | undefined)[];
  readonly totals: ReadTotals;
  /** Times of rows from times as recorded, where they differ. */
  readonly place: ((relative: number, cpu: number) => number) | null;
  /** Whether records of a group are taken from this buffer and family. */
  readonly takes: (buffer: number, family: number, group: number) => boolean;
  /** Gets a 1 for every id of which there is a record; null when nobody asks. */
  readonly seen: Uint8Array | null;
}

export class CpuStream {
  /** Row time of the current item. */
  time = 0;
  readonly cpu: number;
  readonly buffer: number;
  readonly pages: Pages;
  private readonly page: SubBuffer;
  private readonly context: StreamContext;
  /** The current record's kind; null while the item is the beginning of a page. */
  private kind: RecordKind<Place> | null = null;
  /** Damage was passed over since the last row of loss. */
  private damaged = false;
  private started = false;

  constructor(context: StreamContext, buffer: number, cpu: number, pages: Pages, page: SubBuffer) {
    this.context = context;
    this.buffer = buffer;
    this.cpu = cpu;
    this.pages = pages;
    this.page = page;
  }

  /** Goes to the next item, a used record or the beginning of a page. False at the end; `time` stays that of the last item. */
  next(): boolean {
    for (;;) {
      if (this.nextRecord()) return true;
      if (!this.pages.next()) return false;
      if (this.pages.damage !== null) {
        this.count(this.pages.damage);
        continue;
      }
      const { page, pages } = this;
      const opened = page.open(pages.view, pages.at, pages.size);
      this.countDamage();
      if (!opened || !this.setTime()) continue;
      this.started = true;
      this.kind = null;
      return true;
    }
  }

  private nextRecord(): boolean {
    const { page, context } = this;
    const { kinds, totals, littleEndian, seen } = context;
    while (page.next()) {
      totals.records++;
      const { view, index } = page;
      const id = page.length < 2 ? -1 : view.getUint16(index, littleEndian);
      const kind = kinds[id];
      if (seen !== null && id >= 0) seen[id] = 1;
      if (kind === null) totals.ignored++;
      else if (kind === undefined) this.count(`a record of event ${id}, whose format is not in the file`, false);
      else if (page.length < kind.minimumSize) this.count('a record too short for its fields', false);
      else {
        const group = kind.groupOf(view, index);
        if (group < 0 || !context.takes(this.buffer, kind.family, group)) totals.ignored++;
        else if (this.setTime()) {
          this.kind = kind;
          return true;
        }
      }
    }
    this.countDamage();
    return false;
  }

  private countDamage(): void {
    const { page } = this;
    if (page.damage !== null) this.count(page.damage);
    page.damage = null;
  }

  private setTime(): boolean {
    const { place } = this.context;
    const time = place === null ? this.page.time : place(this.page.time, this.cpu);
    if (Number.isNaN(time)) {
      this.count('a record with an impossible time', false);
      return false;
    }
    this.time = time;
    return true;
  }

  /** Counts damage; where it may have hidden records, their loss will be told at the next page. */
  private count(reason: string, hides = true): void {
    reject(this.context.totals, this.pages.offset, reason);
    if (hides) this.damaged = true;
  }

  /** Pushes the rows of the current item. */
  push(place: Place): void {
    place.time = this.time;
    place.cpu = this.cpu;
    place.source = this.pages.offset;
    if (this.kind !== null) this.kind.push(this.page.view, this.page.index, this.page.length, place);
    else this.pushLoss(place);
  }

  /** The current record's group, for counting. -1 at the beginning of a page. */
  group(): number {
    return this.kind === null ? -1 : this.kind.groupOf(this.page.view, this.page.index);
  }

  get family(): number {
    return this.kind?.family ?? -1;
  }

  private pushLoss(place: Place): void {
    const { missed } = this.page;
    if (missed === MISSED_UNKNOWN || this.damaged)
      place.rows.push(this.time, LOST_UNKNOWN, this.cpu, -1, -1, place.source);
    this.damaged = false;
    if (missed === MISSED_UNKNOWN || missed === NOTHING_MISSED) return;
    const row = place.rows.push(this.time, LOST, this.cpu, -1, -1, place.source);
    place.rows.args[0][row] = missed;
  }

  /** Behind the last item: tells of damage that no page followed. */
  finish(place: Place): void {
    if (!this.damaged || !this.started) return;
    this.damaged = false;
    place.rows.push(this.time, LOST_UNKNOWN, this.cpu, -1, -1, this.pages.offset);
  }
}
