// Where a chart is drawn: the canvas in device pixels, the plot's box, time to pixels, and the page's colours.
import type { Span } from './view.ts';

export interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly span: Span;
  x(ns: number): number;
  time(x: number): number;
  /** A colour of the page by its name in the style. */
  color(name: string): string;
}

export const LEFT = 58;
export const RIGHT = 10;
export const TOP = 14;
export const BOTTOM = 22;
export const FONT = '11px system-ui, sans-serif';

/** Clears the canvas and fits it to its box; null where there is no room. */
export function frameOf(canvas: HTMLCanvasElement, span: Span): Frame | null {
  const context = canvas.getContext('2d');
  const { clientWidth, clientHeight } = canvas;
  const width = clientWidth - LEFT - RIGHT;
  const height = clientHeight - TOP - BOTTOM;
  if (context === null || width < 20 || height < 20) return null;
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, clientWidth, clientHeight);
  context.font = FONT;
  context.textBaseline = 'middle';
  const style = getComputedStyle(document.documentElement);
  const length = span.to - span.from;
  return {
    context,
    left: LEFT,
    top: TOP,
    width,
    height,
    span,
    x: (ns) => LEFT + ((ns - span.from) / length) * width,
    time: (x) => span.from + ((x - LEFT) / width) * length,
    color: (name) => style.getPropertyValue(`--${name}`).trim(),
  };
}

/** Calls `draw` with everything outside of the plot's box cut off. */
export function clipped({ context, left, top, width, height }: Frame, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw();
  context.restore();
}
