// acceptq export --to perfetto: one capture, into a file that the Perfetto UI and trace_processor read.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Report } from '../../core/report/model.ts';
import type { Store } from '../../core/store/store.ts';
import { writePerfetto } from '../export/perfetto.ts';
import { escapeText } from '../render/escape.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { type ExportOptions, writing } from './export.ts';

function captureOf({ captures }: Report, asked: string | undefined): Report['captures'][number] {
  if (asked === undefined && captures.length === 1) return captures[0];
  const found = captures.find(({ id }) => String(id) === asked);
  if (found !== undefined) return found;
  const known = captures.map(({ id, path }) => `${id}: ${path}`).join(', ');
  throw new UsageError(
    escapeText(
      asked === undefined
        ? `a trace is of one capture: choose it with --capture (${known})`
        : `no capture ${asked}; there ${known === '' ? 'is none' : `are: ${known}`}`,
    ),
  );
}

export function exportPerfetto(store: Store, report: Report, { out, capture: asked }: ExportOptions): CommandResult {
  if (out === undefined) throw new UsageError('--to perfetto takes --out with a file: it is no text');
  const capture = captureOf(report, asked);
  const listeners = report.listeners.filter((listener) => listener.capture === capture.id);
  let bytes = 0;
  writing(out, () => {
    const file = openSync(out, 'w');
    try {
      writePerfetto({ db: store.db, capture, listeners }, (part) => {
        bytes += part.length;
        for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
      });
    } finally {
      closeSync(file);
    }
  });
  store.close();
  return {
    exit: 0,
    json: { written: out, bytes },
    text: () => [`written: ${escapeText(out)}; open it at ui.perfetto.dev, or in trace_processor`],
  };
}
