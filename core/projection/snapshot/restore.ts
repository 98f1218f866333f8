// Restores a saved fold into a new one: every object as it was, with the new one's ways to the outside.
import type { AcceptPath } from '../accept-path.ts';
import { ByteReader, SnapshotError } from './byte-reader.ts';
import { CLASS_BY_NAME, isSingle, isState, NAME_BY_CLASS, SNAPSHOT_VERSION } from './classes.ts';
import { ELEMENT, FIRST_SLOT, KEY, MEMBER, type Shape, Tag, TYPED, TYPED_ELEMENT, VALUE } from './tags.ts';

export { SnapshotError } from './byte-reader.ts';

const FIELD = /^[A-Za-z]\w*$/;
/** More objects of the same class than this share few shapes; a snapshot with more shapes is damaged. */
const MOST_SHAPES = 4096;

interface Unfilled {
  readonly thing: object;
  readonly shape: Shape | null;
  /** Elements or entries. */
  readonly length: number;
}

/** The objects of which a fold has one each, by class. */
function singlesOf(path: AcceptPath): Map<string, object> {
  const found = new Map<string, object>();
  const open: object[] = [path];
  for (let thing = open.pop(); thing !== undefined; thing = open.pop()) {
    const name = NAME_BY_CLASS.get(thing.constructor);
    if (name === undefined || !isSingle(name) || found.has(name)) continue;
    found.set(name, thing);
    for (const value of Object.values(thing)) if (typeof value === 'object' && value !== null) open.push(value);
  }
  return found;
}

class Restore {
  private readonly from: ByteReader;
  private readonly singles: Map<string, object>;
  private readonly shapes: Shape[] = [];
  private readonly things: object[] = [];
  private readonly unfilled: Unfilled[] = [];
  private slots = FIRST_SLOT;

  constructor(path: AcceptPath, bytes: Uint8Array) {
    this.from = new ByteReader(bytes);
    this.singles = singlesOf(path);
  }

  run(path: AcceptPath): void {
    const version = this.from.count();
    if (version !== SNAPSHOT_VERSION) throw new SnapshotError(`a snapshot of version ${version}`);
    if (this.value(ELEMENT) !== path) throw new SnapshotError('a snapshot of something else');
    for (let k = 0; k < this.unfilled.length; k++) this.fill(this.unfilled[k]);
    if (this.from.left > 0) throw new SnapshotError('a snapshot has more bytes than it should');
  }

  private value(slot: number): unknown {
    const tag = this.from.byte();
    const number = this.from.number(tag, slot);
    if (number !== undefined) return number;
    switch (tag) {
      case Tag.null:
        return null;
      case Tag.undefined:
        return undefined;
      case Tag.true:
        return true;
      case Tag.false:
        return false;
      case Tag.text:
        return this.from.text();
      case Tag.known:
        return this.known(this.from.count());
      case Tag.object:
        return this.object(this.from.count());
      case Tag.array:
        return this.later([], this.from.length());
      case Tag.map:
        return this.later(new Map(), this.from.length());
      case Tag.set:
        return this.later(new Set(), this.from.length());
      case Tag.typed:
        return this.typed(this.from.count());
      default:
        throw new SnapshotError(`a snapshot has a value of unknown kind ${tag}`);
    }
  }

  private known(id: number): object {
    if (id >= this.things.length) throw new SnapshotError('a snapshot refers to what is not in it');
    return this.things[id];
  }

  private later(thing: object, length: number, shape: Shape | null = null): object {
    this.things.push(thing);
    this.unfilled.push({ thing, shape, length });
    return thing;
  }

  private typed(kind: number): object {
    const length = this.from.length();
    if (kind >= TYPED.length) throw new SnapshotError(`a snapshot has a typed array of unknown kind ${kind}`);
    return this.later(new TYPED[kind](length), length);
  }

  private object(number: number): object {
    if (number === this.shapes.length) this.shapes.push(this.shape());
    const shape = this.shapes[number];
    if (shape === undefined) throw new SnapshotError('a snapshot refers to a shape that is not in it');
    const { name } = shape;
    if (name === '') return this.later({}, 0, shape);
    if (!isSingle(name))
      return this.later(Object.create((CLASS_BY_NAME.get(name) as { prototype: object }).prototype), 0, shape);
    const single = this.singles.get(name);
    if (single === undefined) throw new SnapshotError(`a snapshot has more than one ${name}`);
    this.singles.delete(name);
    return this.later(single, 0, shape);
  }

  private shape(): Shape {
    const { from } = this;
    const name = from.text();
    if (this.shapes.length >= MOST_SHAPES || (name !== '' && !CLASS_BY_NAME.has(name)))
      throw new SnapshotError('a snapshot has things of an unknown kind');
    const fields = Array.from({ length: from.length() }, () => from.text());
    if (!fields.every((field) => FIELD.test(field) && isState(name, field)))
      throw new SnapshotError('a snapshot has a field of an unknown name');
    const shape: Shape = { name, fields, slot: this.slots };
    this.slots += fields.length;
    return shape;
  }

  private fill({ thing, shape, length }: Unfilled): void {
    if (shape !== null) {
      const { fields, slot } = shape;
      for (let k = 0; k < fields.length; k++) (thing as Record<string, unknown>)[fields[k]] = this.value(slot + k);
    } else if (Array.isArray(thing)) for (let k = 0; k < length; k++) thing.push(this.value(ELEMENT));
    else if (thing instanceof Map) {
      for (let k = 0; k < length; k++) {
        const key = this.value(KEY);
        thing.set(key, this.value(VALUE));
      }
    } else if (thing instanceof Set) for (let k = 0; k < length; k++) thing.add(this.value(MEMBER));
    else {
      const elements = thing as Float64Array;
      for (let k = 0; k < length; k++) {
        const number = this.from.number(this.from.byte(), TYPED_ELEMENT);
        if (number === undefined)
          throw new SnapshotError('a snapshot has a typed array of something else than numbers');
        elements[k] = number;
      }
    }
  }
}

/** Fills a fold that nothing was applied to. Throws SnapshotError when the bytes are not a snapshot of this version; the fold is then of no use. */
export function restorePath(path: AcceptPath, bytes: Uint8Array): void {
  new Restore(path, bytes).run(path);
}
