// Where the fields of a sample and of a sample_id trailer lie, worked out once per sample_type instead of once per record.
import { SAMPLE } from './attr.ts';

/** Offsets within a SAMPLE record's body (after its 8-byte header); -1 for a field that is not there. */
export interface SampleLayout {
  readonly identifier: number;
  readonly tid: number;
  readonly time: number;
  readonly id: number;
  readonly cpu: number;
  /** Where the fields of variable length begin. */
  readonly fixedSize: number;
  readonly hasRead: boolean;
  readonly hasCallchain: boolean;
  readonly hasRaw: boolean;
  /** Fields follow the raw data, so that it need not end with the record. */
  readonly moreAfterRaw: boolean;
}

export function sampleLayout(sampleType: number): SampleLayout {
  let offset = 0;
  const place = (bit: number): number => {
    if ((sampleType & bit) === 0) return -1;
    offset += 8;
    return offset - 8;
  };
  const identifier = place(SAMPLE.IDENTIFIER);
  place(SAMPLE.IP);
  const tid = place(SAMPLE.TID);
  const time = place(SAMPLE.TIME);
  place(SAMPLE.ADDR);
  const id = place(SAMPLE.ID);
  place(SAMPLE.STREAM_ID);
  const cpu = place(SAMPLE.CPU);
  place(SAMPLE.PERIOD);
  return {
    identifier,
    tid,
    time,
    id,
    cpu,
    fixedSize: offset,
    hasRead: (sampleType & SAMPLE.READ) !== 0,
    hasCallchain: (sampleType & SAMPLE.CALLCHAIN) !== 0,
    hasRaw: (sampleType & SAMPLE.RAW) !== 0,
    moreAfterRaw: (sampleType & ~SAMPLE.IDENTIFIER) >>> 11 !== 0,
  };
}

/** Offsets of the trailer's fields counted back from the record's end; 0 for a field that is not there. */
export interface TrailerLayout {
  readonly tid: number;
  readonly time: number;
  readonly id: number;
  readonly cpu: number;
  readonly identifier: number;
  readonly size: number;
}

export function trailerLayout(sampleType: number): TrailerLayout {
  const order = [SAMPLE.TID, SAMPLE.TIME, SAMPLE.ID, SAMPLE.STREAM_ID, SAMPLE.CPU, SAMPLE.IDENTIFIER];
  const present = order.filter((bit) => (sampleType & bit) !== 0);
  const back = (bit: number): number => (present.includes(bit) ? (present.length - present.indexOf(bit)) * 8 : 0);
  return {
    tid: back(SAMPLE.TID),
    time: back(SAMPLE.TIME),
    id: back(SAMPLE.ID),
    cpu: back(SAMPLE.CPU),
    identifier: back(SAMPLE.IDENTIFIER),
    size: present.length * 8,
  };
}

const READ_ENABLED = 1;
const READ_RUNNING = 2;
const READ_ID = 4;
const READ_GROUP = 8;
const READ_LOST = 16;

/** Bytes of the READ field that starts at `at`; -1 when it would pass `end`. */
export function readFieldSize(
  view: DataView,
  at: number,
  end: number,
  readFormat: number,
  littleEndian: boolean,
): number {
  const extra = ((readFormat & READ_ENABLED) !== 0 ? 8 : 0) + ((readFormat & READ_RUNNING) !== 0 ? 8 : 0);
  const perValue = 8 + ((readFormat & READ_ID) !== 0 ? 8 : 0) + ((readFormat & READ_LOST) !== 0 ? 8 : 0);
  let size = extra + perValue;
  if ((readFormat & READ_GROUP) !== 0) {
    if (at + 8 > end) return -1;
    const count = view.getUint32(littleEndian ? at : at + 4, littleEndian);
    size = 8 + extra + count * perValue;
  }
  return at + size > end ? -1 : size;
}
