// Errors as people see them: what, where, what to do next. A stack trace only with ACCEPTQ_DEBUG.
import { StoreError, storeErrorOf } from '../core/store/store-error.ts';
import { CaptureError } from '../ingest/format/format.ts';
import { escapeText } from './render/escape.ts';
import { UsageError } from './result.ts';

/** Not in the contract's 0 to 3: a fault of acceptq itself (sysexits EX_SOFTWARE). */
const INTERNAL = 70;

export function describeCaptureError(error: CaptureError): string {
  const where = error.offset === null ? '' : ` (at ${error.unit} ${error.offset})`;
  return `acceptq: ${escapeText(error.capture)}: ${escapeText(error.message)}${where}\n  ${escapeText(error.next)}`;
}

/** The value of an option on the command line. */
function argumentOf(option: string): string | undefined {
  const at = process.argv.findIndex((word) => word === option || word.startsWith(`${option}=`));
  if (at < 0) return undefined;
  return process.argv[at] === option ? process.argv[at + 1] : process.argv[at].slice(option.length + 1);
}

/** Prints an error to stderr and returns the exit status. */
export function reportError(thrown: unknown): number {
  // better-sqlite3 does not say of which file; there is one
  const error = storeErrorOf(argumentOf('--db') ?? 'the event store', thrown) ?? thrown;
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
