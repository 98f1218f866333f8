// Progress of long work on stderr, only on a terminal: share, rate, time left.
import { formatNs } from '../core/report/units.ts';
import type { IngestProgress } from '../ingest/ingest.ts';
import { escapeText } from './render/escape.ts';

const EVERY_MS = 100;
const LIVE_MS = 500;
const RATE_OVER_MS = 2000;

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

/** Progress of a stream, whose end is not known: events, rate lately, age of the last one. */
export function liveProgress(name: string): { update(events: number): void; done(): void } {
  const { stderr } = process;
  if (stderr.isTTY !== true) return { update: () => undefined, done: () => undefined };
  let events = 0;
  let cameAt = Date.now();
  let before = { events: 0, at: cameAt };
  let rate = 0;
  const draw = (): void => {
    const now = Date.now();
    if (now - before.at >= RATE_OVER_MS) {
      rate = Math.round((events - before.events) / ((now - before.at) / 1000));
      before = { events, at: now };
    }
    const age = events === 0 ? 'none yet' : `the last ${formatNs((now - cameAt) * 1e6)} ago`;
    stderr.write(
      `\r\x1b[K${escapeText(name)}: ${events.toLocaleString('en')} events, ${rate.toLocaleString('en')}/s, ${age}`,
    );
  };
  const timer: NodeJS.Timeout = setInterval(draw, LIVE_MS);
  return {
    update(count) {
      events = count;
      cameAt = Date.now();
    },
    done() {
      clearInterval(timer);
      if (events > 0) stderr.write('\r\x1b[K');
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
