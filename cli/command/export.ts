// acceptq export: what a store knows, in a form that other programs read.
import { writeFileSync } from 'node:fs';
import { anonymized } from '../../replay/workload/anonymize.ts';
import { escapeText } from '../render/escape.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { readWorkload, type WorkloadOptions } from './workload-in.ts';

interface ExportOptions extends WorkloadOptions {
  readonly to: string;
  readonly out?: string;
  readonly anonymize?: boolean;
}

const FORMATS = ['workload'] as const;

export async function exportTo(captures: string[], options: ExportOptions): Promise<CommandResult> {
  if (!FORMATS.includes(options.to as never))
    throw new UsageError(`--to takes ${FORMATS.join(', ')}, not ${escapeText(options.to)}`);
  const workload = await readWorkload(captures, options);
  if (workload === null) return { exit: 3, json: null, text: () => [] };
  const exported = options.anonymize === true ? anonymized(workload) : workload;
  return written(`${JSON.stringify(exported)}\n`, exported, options.out);
}

/** To a file, or to standard output. */
export function written(text: string, json: unknown, out: string | undefined): CommandResult {
  if (out === undefined) return { exit: 0, json, text: () => [text.trimEnd()] };
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw new UsageError(`${escapeText(out)}: cannot be written: ${(error as Error).message}`);
  }
  return {
    exit: 0,
    json: { written: out, bytes: Buffer.byteLength(text) },
    text: () => [`written: ${escapeText(out)}`],
  };
}
