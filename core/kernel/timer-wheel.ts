// The kernel's timer wheel (kernel/time/timer.c): when a timer really fires, and in which order timers of one bucket fire.

const LEVEL_BITS = 6;
const LEVEL_CLOCK_SHIFT = 3;
const LEVELS = 9;
const NANOSECONDS = 1_000_000_000;
/** INITIAL_JIFFIES: jiffies start five minutes before their low 32 bits wrap. */
export const JIFFIES_WRAP_AFTER_SECONDS = 300;
/** Coarser than the coarsest level: a tick's number below this says all of its place in the wheel. */
const WHEEL_PERIOD = 2 ** (LEVEL_CLOCK_SHIFT * LEVELS);

/** Something with an expiry; at most one at a time. `bucket` is null while not armed. */
export abstract class Timer {
  bucket: Bucket | null = null;
  /** Which of the bucket's lists it is in, and its neighbours there. */
  list = 0;
  before: Timer | null = null;
  after: Timer | null = null;
  /** TIMER_PINNED: bound to its processor. */
  get pinned(): boolean {
    return false;
  }
  /** Called when the timer expires; it is no longer armed then. */
  abstract expire(): void;
}

/** What expires in one tick: a list for each base and level, first those that fire first. */
interface Bucket {
  readonly tick: number;
  readonly lists: (Timer | null)[];
}

const NO_BUCKET: Bucket = { tick: -1, lists: [] };

export interface WheelRules {
  /** Ticks per second (CONFIG_HZ). */
  readonly hz: number;
  /** Nanoseconds since boot at time 0. */
  readonly uptimeNs: number;
  /** Far expiries are rounded up, by levels (since 4.8). */
  readonly levels: boolean;
  /** Of one tick, pinned timers fire before all others: they have a base of their own (since 6.9). */
  readonly pinnedFirst: boolean;
}

/** Timers by the tick at which they fire. Adding and removing is O(1); a step forward costs the buckets passed. */
export class TimerWheel {
  readonly #buckets = new Map<number, Bucket>();
  /** Ticks that have a bucket, as a binary heap. */
  readonly #heap: number[] = [];
  readonly #tickNs: number;
  /** Time 0 on the wheel, nanoseconds. */
  readonly #startNs: number;
  readonly #rules: WheelRules;
  /** The bucket that was filled last: most timers of a burst go there too. */
  #latest: Bucket = NO_BUCKET;

  constructor(rules: WheelRules) {
    const { hz, uptimeNs } = rules;
    this.#rules = rules;
    this.#tickNs = NANOSECONDS / hz;
    this.#startNs = uptimeNs + ((2 ** 32 - JIFFIES_WRAP_AFTER_SECONDS * hz) % WHEEL_PERIOD) * this.#tickNs;
  }

  /** Arms a timer to fire `delayNs` after `nowNs`, at the wheel's granularity. In the bucket where it is already it keeps its place. */
  add(timer: Timer, nowNs: number, delayNs: number): void {
    const now = Math.floor((this.#startNs + nowNs) / this.#tickNs);
    const expires = Math.max(now + Math.ceil(delayNs / this.#tickNs), now + 1);
    const level = this.#rules.levels ? levelOf(expires - now) : 0;
    const tick = this.#rules.levels ? roundUp(expires, level) : expires;
    const list = LEVELS - 1 - level + (timer.pinned && this.#rules.pinnedFirst ? 0 : LEVELS);
    if (timer.bucket !== null && timer.bucket.tick === tick && timer.list === list) return;
    this.remove(timer);
    this.#link(timer, this.#latest.tick === tick ? this.#latest : this.#bucketOf(tick), list);
  }

  /** hlist_add_head: the newest fires first. */
  #link(timer: Timer, bucket: Bucket, list: number): void {
    const first = bucket.lists[list];
    timer.bucket = bucket;
    timer.list = list;
    timer.before = null;
    timer.after = first;
    if (first !== null) first.before = timer;
    bucket.lists[list] = timer;
  }

  #bucketOf(tick: number): Bucket {
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      bucket = { tick, lists: new Array(2 * LEVELS).fill(null) };
      this.#buckets.set(tick, bucket);
      push(this.#heap, tick);
    }
    this.#latest = bucket;
    return bucket;
  }

  remove(timer: Timer): void {
    if (timer.bucket === null) return;
    if (timer.before === null) timer.bucket.lists[timer.list] = timer.after;
    else timer.before.after = timer.after;
    if (timer.after !== null) timer.after.before = timer.before;
    timer.bucket = null;
    timer.before = null;
    timer.after = null;
  }

  /** Nanosecond at which the earliest bucket fires, or Infinity. It may be empty by now: the next timer of its tick finds it again. */
  next(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0] * this.#tickNs - this.#startNs;
  }

  /** Fires everything of the earliest bucket. Timers armed meanwhile go into later buckets. */
  fireNext(): void {
    const bucket = this.#buckets.get(pop(this.#heap));
    if (bucket === undefined) return;
    this.#buckets.delete(bucket.tick);
    if (this.#latest === bucket) this.#latest = NO_BUCKET;
    const { lists } = bucket;
    for (let list = 0; list < lists.length; list++) {
      for (let timer = lists[list]; timer !== null; timer = lists[list]) {
        this.remove(timer);
        timer.expire();
      }
    }
  }
}

/** calc_wheel_index: the level that a distance of so many ticks belongs to. */
function levelOf(delta: number): number {
  for (let level = 0; level < LEVELS - 1; level++) {
    const reach = ((1 << LEVEL_BITS) - 1) << (level * LEVEL_CLOCK_SHIFT);
    if (delta < reach) return level;
  }
  return LEVELS - 1;
}

/** calc_index: level n has a granularity of 8^n ticks and rounds up, so that a timer is late, never early. */
function roundUp(tick: number, level: number): number {
  const granularity = 1 << (level * LEVEL_CLOCK_SHIFT);
  return (Math.floor(tick / granularity) + 1) * granularity;
}

function push(heap: number[], tick: number): void {
  let at = heap.push(tick) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent] <= tick) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = tick;
}

function pop(heap: number[]): number {
  const least = heap[0];
  const last = heap.pop() as number;
  if (heap.length === 0) return least;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= last) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return least;
}
