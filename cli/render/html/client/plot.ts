// A chart in its figure: draws when it is seen, and takes part in the zoom that all share: drag, wheel, touch, keys.
import { formatNs } from '../../../../core/report/units.ts';
import { axisTime, foot, roundStep } from './axes.ts';
import type { Chart } from './chart.ts';
import { type Frame, frameOf, LEFT, RIGHT } from './frame.ts';
import { fillNumbers } from './numbers.ts';
import type { View } from './view.ts';

/** A shorter drag is a click. */
const LEAST_DRAG = 4;

const KEYS: Readonly<Record<string, (view: View) => void>> = {
  ArrowLeft: (view) => view.move(-0.2),
  ArrowRight: (view) => view.move(0.2),
  '+': (view) => view.zoom(0.5),
  '=': (view) => view.zoom(0.5),
  '-': (view) => view.zoom(2),
  '0': (view) => view.reset(),
  Home: (view) => view.goTo('start'),
  End: (view) => view.goTo('end'),
};

export class Plot {
  private readonly box: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly readout: HTMLElement;
  private readonly figure: HTMLElement;
  private readonly chart: Chart;
  private readonly view: View;
  private frame: Frame | null = null;
  /** Where a drag began, in pixels of the canvas. */
  private anchor: number | null = null;
  private readonly pointed: (at: number | null) => void;

  private readonly lost: readonly (readonly [number, number])[];

  /** `lost` are stretches without records; `pointed` is told which instant the pointer is at, for all charts to show. */
  constructor(
    figure: HTMLElement,
    chart: Chart,
    view: View,
    lost: readonly (readonly [number, number])[],
    pointed: (at: number | null) => void,
  ) {
    const find = <E extends Element>(selector: string): E => figure.querySelector(selector) as E;
    this.figure = figure;
    this.chart = chart;
    this.view = view;
    this.lost = lost;
    this.pointed = pointed;
    this.box = find<HTMLElement>('.plot');
    this.canvas = find<HTMLCanvasElement>('canvas');
    this.readout = find<HTMLElement>('.readout');
    if (chart.height !== undefined) this.canvas.style.height = `${chart.height}px`;
    this.box.addEventListener('keydown', (event) => this.key(event));
    this.canvas.addEventListener('pointerdown', (event) => this.press(event));
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerup', (event) => this.release(event));
    this.canvas.addEventListener('pointercancel', () => this.stop());
    this.canvas.addEventListener('pointerleave', () => this.pointed(null));
    this.canvas.addEventListener('dblclick', () => view.reset());
    this.canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    const numbers = find<HTMLDetailsElement>('.numbers');
    numbers.addEventListener('toggle', () => this.fillNumbers());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** The table, where it is unfolded. */
  fillNumbers(): void {
    const numbers = this.figure.querySelector<HTMLDetailsElement>('.numbers');
    if (numbers?.open === true)
      fillNumbers(numbers.querySelector('div') as HTMLElement, this.chart.numbers(this.view.span));
  }

  draw(): void {
    this.frame = this.canvas.clientWidth === 0 ? null : frameOf(this.canvas, this.view.span);
    if (this.frame !== null) {
      this.chart.paint(this.frame);
      if (this.chart.overTime) foot(this.frame, this.lost);
    }
    this.fillNumbers();
  }

  /** Shows the instant that the pointer is at, here or in another chart; null: none. */
  point(at: number | null): void {
    this.draw();
    const { frame } = this;
    if (frame === null) return;
    if (at === null || !this.chart.overTime) {
      this.readout.textContent = '';
      return;
    }
    const { context, top, height } = frame;
    context.fillStyle = frame.color('text');
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(frame.x(at)), top, 1, height);
    context.globalAlpha = 1;
    const pixel = (frame.span.to - frame.span.from) / frame.width;
    this.readout.textContent = `${axisTime(at, roundStep(pixel * 10))}: ${this.chart.readout(at, pixel)}`;
  }

  private x(event: PointerEvent | WheelEvent): number {
    return event.clientX - this.canvas.getBoundingClientRect().left;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key](this.view);
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey || !this.chart.overTime) return; // without Ctrl it scrolls the page
    event.preventDefault();
    const share = (this.x(event) - LEFT) / Math.max(1, this.canvas.clientWidth - LEFT - RIGHT);
    this.view.zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.min(1, Math.max(0, share)));
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0 || !this.chart.overTime) return;
    this.anchor = this.x(event);
    this.canvas.setPointerCapture(event.pointerId);
  }

  private hover(event: PointerEvent): void {
    const { frame } = this;
    if (frame === null || !this.chart.overTime) return;
    const x = Math.min(frame.left + frame.width, Math.max(frame.left, this.x(event)));
    if (this.anchor === null) {
      this.pointed(frame.time(x));
      return;
    }
    this.draw();
    const { context, top, height } = frame;
    context.fillStyle = frame.color('brush');
    context.fillRect(Math.min(this.anchor, x), top, Math.abs(x - this.anchor), height);
    this.readout.textContent = formatNs(Math.abs(frame.time(x) - frame.time(this.anchor)));
  }

  private release(event: PointerEvent): void {
    const { anchor, frame } = this;
    this.anchor = null;
    if (anchor === null || frame === null) return;
    const [from, to] = [anchor, this.x(event)].sort((a, b) => a - b);
    if (to - from >= LEAST_DRAG)
      this.view.show({
        from: Math.max(frame.span.from, frame.time(from)),
        to: Math.min(frame.span.to, frame.time(to)),
      });
    else this.draw();
  }

  private stop(): void {
    this.anchor = null;
    this.draw();
  }
}
