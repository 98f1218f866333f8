// Errors as people see them: what, where, what to do next. A stack trace only with ACCEPTQ_DEBUG.
import { StoreError } from '../core/store/store-error.ts';
import { CaptureError } from '../ingest/format/format.ts';
import { escapeText } from './render/escape.ts';
import { UsageError } from './result.ts';

/** Not in the contract's 0 to 3: a fault of acceptq itself (sysexits EX_SOFTWARE). */
const INTERNAL = 70;

export function describeCaptureError(error: CaptureError): string {
  const where = error.offset === null ? '' : ` (at ${error.unit} ${error.offset})`;
  return `acceptq: ${escapeText(error.capture)}: ${escapeText(error.message)}${where}\n  ${escapeText(error.next)}`;
}

/** Prints an error to stderr and returns the exit status. */
export function reportError(error: unknown): number {
  const say = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  if (error instanceof CaptureError) {
    say(describeCaptureError(error));
    return 3;
  }
  if (error instanceof StoreError) {
    say(`acceptq: ${escapeText(error.path)}: ${escapeText(error.message)}\n  ${escapeText(error.next)}`);
    return 3;
  }
  if (error instanceof UsageError) {
    say(`acceptq: ${escapeText(error.message)}`);
    return 2;
  }
  if (process.env.ACCEPTQ_DEBUG) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  else
    say(
      `acceptq: internal error: ${escapeText(error instanceof Error ? error.message : String(error))}\n  please report it with the output of ACCEPTQ_DEBUG=1`,
    );
  return INTERNAL;
}
