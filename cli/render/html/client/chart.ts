// What every kind of chart can do; each is a file of its own.
import type { ListenerSeries } from '../../../../core/report/series/model.ts';
import type { Frame } from './frame.ts';
import type { Span } from './view.ts';

/** A table that says the same as the chart. */
export interface Numbers {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Chart {
  paint(frame: Frame): void;
  /** What there is at an instant, in words; `width` is the time that a pixel stands for. */
  readout(at: number, width: number): string;
  numbers(span: Span): Numbers;
  /** False: its horizontal axis is not time. */
  readonly overTime: boolean;
  /** Pixels it wants to be high; absent: as the style has it. */
  readonly height?: number;
}

export interface ChartContext {
  readonly series: ListenerSeries;
  readonly lost: readonly (readonly [number, number])[];
}

/** Rows of a table over time. */
export const PARTS = 20;

export const count = (value: number): string => Math.round(value).toLocaleString('en');
