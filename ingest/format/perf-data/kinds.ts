// What to do with the samples of each recorded event.
import type { ReadTotals } from '../../../core/event/capture.ts';
import { reject } from '../../../core/event/capture.ts';
import type { Dictionaries } from '../../../core/event/dictionary.ts';
import { eventKind } from '../../probe/event-kinds.ts';
import { KernelSymbols } from '../../probe/kallsyms.ts';
import { Numbering, type RecordKind } from '../../probe/record-kind.ts';
import { syscallTable } from '../../probe/syscall-table.ts';
import { type EventAttr, TYPE_TRACEPOINT } from './attr.ts';
import type { Recording } from './recording.ts';

export interface Kinds {
  /** By attr; null for an event that acceptq has no use for, or whose format is missing or useless. */
  readonly kinds: readonly (RecordKind | null)[];
  /** How many families there are: see Coverage. */
  readonly families: number;
  /** Whether the same thing may have been recorded in more than one way. */
  readonly mayRepeat: boolean;
}

/** Compiles the recorded events' formats; what is missing or useless is counted. */
export function compileKinds(
  { attrs, formats, features, kallsyms, streams, formatsMissing }: Recording,
  littleEndian: boolean,
  dictionaries: Dictionaries,
  totals: ReadTotals,
): Kinds {
  const families = new Numbering();
  // first: where it has as many records as another family it is taken, because it tells more
  const tracepoints = families.of('tracepoint');
  let symbols: KernelSymbols | null = null;
  const place = streams[0].offset;
  const context = {
    littleEndian,
    dictionaries,
    groups: new Numbering(),
    families,
    syscalls: syscallTable(features.arch ?? (littleEndian ? 'x86_64' : '')),
    symbols: () => {
      symbols ??= new KernelSymbols(kallsyms);
      return symbols;
    },
    note: (reason: string) => reject(totals, place, reason),
  };
  const compile = (attr: EventAttr): RecordKind | null => {
    if (attr.type !== TYPE_TRACEPOINT) return null;
    const format = formats.get(attr.config);
    if (format !== undefined) return eventKind(format, context);
    if (formatsMissing === null) context.note(`event ${attr.config} was recorded, but its format is missing`);
    return null;
  };
  const kinds = attrs.map(compile);
  const used = kinds.flatMap((kind) => (kind === null ? [] : [kind.family]));
  const others = new Set(used.filter((family) => family !== tracepoints));
  const rawOnly = others.size === 1 && others.has(families.of('raw_syscalls')) && !used.includes(tracepoints);
  return { kinds, families: families.names.length, mayRepeat: others.size > 0 && !rawOnly };
}
