// Axes: round times below, a scale on the left, and shading of stretches.
import { formatNs } from '../../../../core/report/units.ts';
import type { Frame } from './frame.ts';

/** The smallest of 1, 2, 5 · 10^k that is no less. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  return 10 * power;
}

/** A time on an axis whose marks are `step` ns apart: as many digits as tell them apart. */
export function axisTime(ns: number, step: number): string {
  const [size, unit] = step >= 1e8 ? [1e9, 's'] : step >= 1e5 ? [1e6, 'ms'] : [1e3, 'µs'];
  const digits = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
  return `${(ns / size).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

export function timeAxis(frame: Frame): void {
  const { context, span, left, top, width, height } = frame;
  const step = roundStep((span.to - span.from) / Math.max(2, Math.floor(width / 110)));
  context.fillStyle = frame.color('muted');
  context.strokeStyle = frame.color('grid');
  context.lineWidth = 1;
  context.textAlign = 'center';
  for (let t = Math.ceil(span.from / step) * step; t <= span.to; t += step) {
    const x = Math.round(frame.x(t)) + 0.5;
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, top + height + 4);
    context.stroke();
    context.textAlign = x > left + width - 30 ? 'right' : x < left + 20 ? 'left' : 'center';
    context.fillText(axisTime(t, step), x, top + height + 13);
  }
}

/** A scale from 0 to `most` with round marks; returns value to pixel. */
export function valueAxis(frame: Frame, most: number, unit = ''): (value: number) => number {
  const { context, left, top, width, height } = frame;
  const y = (value: number): number => top + height - (value / most) * height;
  const step = Math.max(roundStep(most / Math.max(2, Math.floor(height / 36))), unit === '' ? 1 : 0);
  context.fillStyle = frame.color('muted');
  context.strokeStyle = frame.color('grid');
  context.lineWidth = 1;
  context.textAlign = 'right';
  for (let value = 0; value <= most; value += step) {
    const at = Math.round(y(value)) + 0.5;
    context.beginPath();
    context.moveTo(left, at);
    context.lineTo(left + width, at);
    context.stroke();
    context.fillText(Number(value.toPrecision(6)).toLocaleString('en') + unit, left - 6, at);
  }
  return y;
}

/** Marks at powers of ten (ns) on an axis that goes from `low` to `high` by their logarithms, upwards. */
export function logAxis(frame: Frame, low: number, high: number): (ns: number) => number {
  const { context, left, top, width, height } = frame;
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const y = (ns: number): number => top + height - ((Math.log10(Math.max(low, ns)) - from) / (to - from)) * height;
  context.fillStyle = frame.color('muted');
  context.strokeStyle = frame.color('grid');
  context.lineWidth = 1;
  context.textAlign = 'right';
  // over few powers of ten, 2 and 5 times each as well
  const factors = to - from < 2.2 ? [1, 2, 5] : [1];
  const marks = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, k) => Math.floor(from) + k).flatMap(
    (power) => factors.map((factor) => factor * 10 ** power),
  );
  for (const mark of marks) {
    if (mark < low || mark > high) continue;
    const at = Math.round(y(mark)) + 0.5;
    context.beginPath();
    context.moveTo(left, at);
    context.lineTo(left + width, at);
    context.stroke();
    context.fillText(formatNs(mark), left - 6, at);
  }
  return y;
}

/** Shades stretches of time over the whole height; the shortest is a pixel wide. */
export function shade(frame: Frame, stretches: readonly (readonly [number, number])[], color: string): void {
  const { context, top, height } = frame;
  context.fillStyle = frame.color(color);
  for (const [from, to] of stretches) {
    const x = frame.x(from);
    context.fillRect(x, top, Math.max(1, frame.x(to) - x), height);
  }
}

/** Marks stretches without records at the foot of a chart, above everything drawn there; the shortest is seen as well. */
export function foot(frame: Frame, stretches: readonly (readonly [number, number])[]): void {
  const { context, left, top, width, height } = frame;
  context.fillStyle = frame.color('warn');
  for (const [from, to] of stretches) {
    const start = Math.max(left, frame.x(from));
    const end = Math.min(left + width, frame.x(to));
    if (end >= left && start <= left + width) context.fillRect(start, top + height - 3, Math.max(3, end - start), 6);
  }
}
