// The part of a capture's time that all of its charts show.

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Narrower than this nothing is told apart. */
const LEAST_NS = 1000;

export class View {
  readonly all: Span;
  private shown: Span;
  private readonly watchers: (() => void)[] = [];

  constructor(all: Span) {
    this.all = { from: all.from, to: Math.max(all.to, all.from + LEAST_NS) };
    this.shown = this.all;
  }

  get span(): Span {
    return this.shown;
  }

  get isAll(): boolean {
    return this.shown.from <= this.all.from && this.shown.to >= this.all.to;
  }

  watch(watcher: () => void): void {
    this.watchers.push(watcher);
  }

  /** Shows this span, kept inside the whole. */
  show({ from, to }: Span): void {
    const whole = this.all.to - this.all.from;
    const length = Math.min(whole, Math.max(LEAST_NS, to - from));
    const start = Math.min(Math.max(this.all.from, from), this.all.to - length);
    this.shown = { from: start, to: start + length };
    for (const watcher of this.watchers) watcher();
  }

  /** Makes the span `factor` times as long, around `at`: where in the span (0..1). */
  zoom(factor: number, at = 0.5): void {
    const { from, to } = this.shown;
    const middle = from + (to - from) * at;
    this.show({ from: middle - (middle - from) * factor, to: middle + (to - middle) * factor });
  }

  /** Moves by this share of what is shown. */
  move(share: number): void {
    const by = (this.shown.to - this.shown.from) * share;
    this.show({ from: this.shown.from + by, to: this.shown.to + by });
  }

  /** Keeps the length, and shows the beginning of the whole, or its end. */
  goTo(end: 'start' | 'end'): void {
    const length = this.shown.to - this.shown.from;
    const from = end === 'start' ? this.all.from : this.all.to - length;
    this.show({ from, to: from + length });
  }

  reset(): void {
    this.show(this.all);
  }
}
