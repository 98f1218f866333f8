// A capture of kernel functions alone: how often the path's functions ran and returned, since no listener can be told from them.
import type { CaptureInput } from '../input.ts';
import type { Finding } from '../model.ts';

const SHOWN = 6;

/** `inet_csk_accept 60 (returned 58)`; a function of which only one side was recorded says so by what is missing. */
const ran = ({ func, entered, returned }: CaptureInput['functionCalls'][number]): string =>
  entered === 0
    ? `${func} (returned ${returned})`
    : `${func} ${entered}${returned === 0 ? '' : ` (returned ${returned})`}`;

export function functionsOnly({ listeners, functionCalls }: CaptureInput): Finding | null {
  if (listeners.length > 0 || functionCalls.length === 0) return null;
  const shown = functionCalls.slice(0, SHOWN).map(ran).join(', ');
  const more = functionCalls.length > SHOWN ? `, and ${functionCalls.length - SHOWN} more` : '';
  return {
    id: 'functions-only',
    severity: 'info',
    listener: null,
    title: `Functions of the path ran, but no listener shows: ${shown}${more}`,
    why: 'A traced function does not tell whose queue it worked on: neither port nor backlog is in the capture.',
    evidence: Object.fromEntries(
      functionCalls.flatMap(({ func, entered, returned }) => [
        [func, entered],
        [`${func} returned`, returned],
      ]),
    ),
    advice:
      'Record sock:inet_sock_set_state and the listen and accept system calls beside the functions: acceptq probe ftrace prints how.',
  };
}
