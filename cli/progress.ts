// Progress of long work on stderr, only on a terminal: share, rate, time left.
import { formatNs } from '../core/report/units.ts';
import type { IngestProgress } from '../ingest/ingest.ts';
import { escapeText } from './render/escape.ts';

const EVERY_MS = 100;

export interface Progress {
  update(progress: IngestProgress): void;
  done(): void;
}

export function ingestProgress(name: string): Progress {
  const { stderr } = process;
  if (stderr.isTTY !== true) return { update: () => undefined, done: () => undefined };
  const start = Date.now();
  let last = 0;
  let drawn = false;
  return {
    update({ bytes, size, events }) {
      const now = Date.now();
      if (now - last < EVERY_MS) return;
      last = now;
      drawn = true;
      const elapsed = Math.max(1, now - start);
      const share = size === 0 ? 0 : bytes / size;
      const left = share > 0 ? formatNs((elapsed / share - elapsed) * 1e6) : '?';
      const rate = Math.round(events / (elapsed / 1000)).toLocaleString('en');
      stderr.write(
        `\r\x1b[K${escapeText(name)}: ${Math.floor(share * 100)} %, ${events.toLocaleString('en')} events, ${rate}/s, ${left} left`,
      );
    },
    done() {
      if (drawn) stderr.write('\r\x1b[K');
    },
  };
}

/** Progress of work in steps: what, how far, time left. */
export function stepProgress(): { update(what: string, done: number, of: number): void; done(): void } {
  const { stderr } = process;
  if (stderr.isTTY !== true) return { update: () => undefined, done: () => undefined };
  let start = Date.now();
  let last = 0;
  let current = '';
  let drawn = false;
  return {
    update(what, done, of) {
      const now = Date.now();
      if (what !== current) {
        current = what;
        start = now;
      }
      if (now - last < EVERY_MS) return;
      last = now;
      drawn = true;
      const elapsed = Math.max(1, now - start);
      const share = of === 0 ? 0 : done / of;
      const left = share > 0 ? formatNs((elapsed / share - elapsed) * 1e6) : '?';
      const rate = Math.round(done / (elapsed / 1000)).toLocaleString('en');
      stderr.write(`\r\x1b[K${escapeText(what)}: ${Math.floor(share * 100)} %, ${rate}/s, ${left} left`);
    },
    done() {
      if (drawn) stderr.write('\r\x1b[K');
      drawn = false;
    },
  };
}
