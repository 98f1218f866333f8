// Events as older acceptqs wrote them, read with today's meaning: what is stored is never changed, only understood.
import { EVENT_TYPES, type EventType } from './event-type.ts';

/** An event type as a store names it. */
export interface StoredType {
  readonly code: number;
  readonly name: string;
  readonly version: number;
}

/** Arguments of one version as those of the next; null where one is not known. */
export type Upcast = (args: readonly (number | null)[]) => readonly (number | null)[];

/** By type name: what leads from version 1 to 2, from 2 to 3, and so on. None has needed it yet. */
export const UPCASTS: Readonly<Record<string, readonly Upcast[]>> = {};

/** What a stored code means today. */
export interface Meaning {
  readonly code: number;
  /** Null: the arguments are as they are. */
  readonly upcast: Upcast | null;
}

/**
 * The meaning of each stored code, by code. Undefined: a newer acceptq wrote such events, and this one does not know what they are.
 * Throws when a step between two versions is missing: a bug, never a user's error.
 */
export function meaningsOf(
  stored: readonly StoredType[],
  types: readonly EventType[] = EVENT_TYPES,
  upcasts: Readonly<Record<string, readonly Upcast[]>> = UPCASTS,
): readonly (Meaning | undefined)[] {
  const today = new Map(types.map((type) => [type.name, type]));
  const meanings: (Meaning | undefined)[] = [];
  for (const { code, name, version } of stored) {
    const type = today.get(name);
    if (type === undefined || version > type.version) continue;
    const steps = (upcasts[name] ?? []).slice(version - 1, type.version - 1);
    if (steps.length !== type.version - version) throw new Error(`no upcaster from version ${version} of ${name}`);
    meanings[code] = {
      code: type.code,
      upcast: steps.length === 0 ? null : (args) => steps.reduce((older, step) => step(older), args),
    };
  }
  return meanings;
}
