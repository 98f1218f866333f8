// A map that forgets what was not asked for in a long time, in bounded memory: two generations, the older of which is dropped when the younger is full.

export class RecentMap<K, V> {
  private young = new Map<K, V>();
  private old = new Map<K, V>();
  private readonly most: number;

  /** Whatever was set or found is there until `most` others have been. */
  constructor(most: number) {
    this.most = most;
  }

  /** The next entry makes the older generation go. */
  get isFull(): boolean {
    return this.young.size >= this.most;
  }

  get(key: K): V | undefined {
    const found = this.young.get(key);
    if (found !== undefined) return found;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: K, value: V): void {
    if (this.isFull) this.age();
    this.young.set(key, value);
  }

  /** Begins a generation. */
  age(): void {
    this.old = this.young;
    this.young = new Map();
  }
}
