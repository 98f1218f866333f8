// Saves the fold: every object that it reaches, each once, cycles and all, into bytes. Nothing is named one by one, so nothing is forgotten.
import type { AcceptPath } from '../accept-path.ts';
import { ByteWriter } from './byte-writer.ts';
import { isState, NAME_BY_CLASS, SNAPSHOT_VERSION } from './classes.ts';
import { ELEMENT, FIRST_SLOT, KEY, MEMBER, type Shape, Tag, TYPED, TYPED_ELEMENT, VALUE } from './tags.ts';

/** The shapes of the objects met so far. */
class Shapes {
  readonly all: Shape[] = [];
  private slots = FIRST_SLOT;
  private readonly byName = new Map<string, { readonly keys: readonly string[]; readonly shape: number }[]>();

  /** Number of an object's shape, and whether it is a new one. */
  of(thing: object): { readonly shape: number; readonly isNew: boolean } {
    const name = nameOf(thing);
    const keys = Object.keys(thing);
    const known = this.byName.get(name);
    const found = known?.find((candidate) => sameKeys(candidate.keys, keys));
    if (found !== undefined) return { shape: found.shape, isNew: false };
    const fields = keys.filter((key) => isState(name, key));
    const shape = this.all.push({ name, fields, slot: this.slots }) - 1;
    this.slots += fields.length;
    if (known === undefined) this.byName.set(name, [{ keys, shape }]);
    else known.push({ keys, shape });
    return { shape, isNew: true };
  }
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let k = 0; k < one.length; k++) if (one[k] !== other[k]) return false;
  return true;
}

function nameOf(thing: object): string {
  const of = thing.constructor;
  if (of === Object) return '';
  const name = NAME_BY_CLASS.get(of);
  if (name === undefined) throw new Error(`a snapshot cannot hold a ${of?.name}: name it in classes.ts`);
  return name;
}

class Save {
  private readonly out = new ByteWriter();
  private readonly shapes = new Shapes();
  private readonly ids = new Map<object, number>();
  /** Things whose content is not written yet. A list, no recursion: chains may be as long as a capture makes them. */
  private readonly mentioned: object[] = [];
  private readonly shapeOf: number[] = [];

  run(path: AcceptPath): Uint8Array {
    this.out.count(SNAPSHOT_VERSION);
    this.value(path, ELEMENT);
    for (let k = 0; k < this.mentioned.length; k++) this.content(this.mentioned[k], this.shapeOf[k]);
    return this.out.finish();
  }

  private value(value: unknown, slot: number): void {
    const { out } = this;
    if (typeof value === 'number') out.number(value, slot);
    else if (value === null) out.byte(Tag.null);
    else if (typeof value === 'boolean') out.byte(value ? Tag.true : Tag.false);
    else if (typeof value === 'string') {
      out.byte(Tag.text);
      out.text(value);
    } else if (value === undefined) out.byte(Tag.undefined);
    else if (typeof value === 'object') this.mention(value);
    else throw new Error(`a snapshot cannot hold a ${typeof value}`);
  }

  private mention(thing: object): void {
    const known = this.ids.get(thing);
    if (known !== undefined) {
      this.out.tagged(Tag.known, known);
      return;
    }
    this.ids.set(thing, this.mentioned.push(thing) - 1);
    this.shapeOf.push(this.introduce(thing));
  }

  /** Writes what a thing is; returns its shape, -1 when it has none. */
  private introduce(thing: object): number {
    const { out } = this;
    if (Array.isArray(thing)) out.tagged(Tag.array, thing.length);
    else if (thing instanceof Map) out.tagged(Tag.map, thing.size);
    else if (thing instanceof Set) out.tagged(Tag.set, thing.size);
    else if (ArrayBuffer.isView(thing)) {
      const kind = TYPED.indexOf(thing.constructor as (typeof TYPED)[number]);
      if (kind < 0) throw new Error(`a snapshot cannot hold a ${thing.constructor.name}`);
      out.tagged(Tag.typed, kind);
      out.count((thing as Float64Array).length);
    } else {
      const { shape, isNew } = this.shapes.of(thing);
      out.tagged(Tag.object, shape);
      if (isNew) this.describe(this.shapes.all[shape]);
      return shape;
    }
    return -1;
  }

  private describe({ name, fields }: Shape): void {
    this.out.text(name);
    this.out.count(fields.length);
    for (const field of fields) this.out.text(field);
  }

  private content(thing: object, shape: number): void {
    if (shape >= 0) {
      const { fields, slot } = this.shapes.all[shape];
      for (let k = 0; k < fields.length; k++) this.value((thing as Record<string, unknown>)[fields[k]], slot + k);
    } else if (Array.isArray(thing)) for (const element of thing) this.value(element, ELEMENT);
    else if (thing instanceof Map) {
      for (const [key, value] of thing) {
        this.value(key, KEY);
        this.value(value, VALUE);
      }
    } else if (thing instanceof Set) for (const member of thing) this.value(member, MEMBER);
    else for (const element of thing as Float64Array) this.out.number(element, TYPED_ELEMENT);
  }
}

/** The whole state of a fold, which goes on as it was. The same events give the same bytes, in batches of any size. */
export function savePath(path: AcceptPath): Uint8Array {
  path.trim();
  return new Save().run(path);
}
