// The first bytes of standard input: enough to say whether it can be read while it is written.
import type { Readable } from 'node:stream';
import { CaptureError, type CaptureFormat } from '../format/format.ts';
import { sniff } from '../format/index.ts';

/** What formats are told by. */
const HEAD = 4096;
/** Its format must show within this. */
const MOST = 1 << 16;
/** What says what it is, and then pauses, is a stream; a file that is piped in goes on, or ends. */
const PAUSE_MS = 150;

export interface Piped {
  /** What was read of it. */
  readonly head: readonly Uint8Array[];
  /** It has ended. */
  readonly ended: boolean;
  /** It can be read while it is written. */
  readonly live: boolean;
}

function formatOf(name: string, bytes: Uint8Array): CaptureFormat | null {
  try {
    return sniff({ name, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
  } catch (error) {
    if (error instanceof CaptureError) return null;
    throw error;
  }
}

/** Whether the beginning is one of a stream; null: it does not say. */
function isLive(bytes: Uint8Array): boolean | null {
  const format = formatOf('standard input', bytes);
  if (format === null) return null;
  const kind = format.live?.(bytes.subarray(0, HEAD)) ?? null;
  return kind === 'lines' && !bytes.includes(10) ? null : kind !== null;
}

/** Reads until it is clear, the input has ended or `stop` is aborted; leaves it paused. */
export function firstLook(input: Readable, stop: AbortSignal): Promise<Piped> {
  const head: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (ended: boolean, live: boolean): void => {
      clearTimeout(timer);
      input.pause();
      input.off('data', took).off('end', end).off('error', reject);
      stop.removeEventListener('abort', end);
      resolve({ head, ended, live });
    };
    const end = (): void => settle(true, false);
    const look = (): void => {
      const live = isLive(Buffer.concat(head));
      if (live !== null) settle(false, live);
      else if (size >= MOST) settle(false, false);
    };
    const took = (bytes: Uint8Array): void => {
      head.push(bytes);
      size += bytes.length;
      if (size >= MOST) look();
      else timer ??= setTimeout(paused, PAUSE_MS);
    };
    const paused = (): void => {
      timer = undefined;
      look();
    };
    input.on('data', took).on('end', end).on('error', reject);
    stop.addEventListener('abort', end);
  });
}
