// What the reading thread and the writing thread tell each other.
import type { CaptureInfo } from '../../core/event/capture.ts';
import type { LogPart, NewEntries } from '../../core/store/capture-writer.ts';
import type { Bases } from '../../core/store/log-encoder.ts';
import type { FirstIds } from '../../core/store/project.ts';
import type { Folds } from '../fold.ts';
import type { End, Progress } from '../pipeline.ts';
import type { FilledBatch, SharedMemory } from './shared-batches.ts';

/** A file that the reading thread opens once more. */
export interface OpenedFile {
  /** File or directory; what was wrapped is unpacked by now. */
  readonly path: string;
  /** What it is called in messages. */
  readonly name: string;
  readonly wrapperProblem: string | null;
}

/** What the reading thread is started with. */
export interface Task {
  readonly capture: OpenedFile;
  /** Snapshots beside it. */
  readonly beside: readonly OpenedFile[];
  readonly bases: Bases;
  /** What events are handed over in. */
  readonly memory: SharedMemory;
}

export type Message =
  | { readonly kind: 'opened'; readonly info: CaptureInfo }
  | { readonly kind: 'part'; readonly filled: FilledBatch; readonly part: Omit<LogPart, 'batch'> }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'end'; readonly end: End }
  | {
      readonly kind: 'refused';
      readonly capture: string;
      readonly offset: number | null;
      readonly message: string;
      readonly next: string;
      readonly unit: 'byte' | 'line';
    };

/** Batches that are filled, written and folded at a time: when none is free the reading thread waits. */
export const BATCHES = 8;
/** Threads that use a batch once it is filled: one writes, one folds. */
export const USERS = 2;

/** What the folding thread is started with. */
export interface FoldTask {
  readonly bases: Bases;
  readonly first: FirstIds;
  readonly info: Pick<CaptureInfo, 'probes' | 'pointers'>;
  readonly memory: SharedMemory;
}

export interface ToFold {
  /** Null: only entries. */
  readonly filled: FilledBatch | null;
  readonly entries: NewEntries;
  readonly last: boolean;
}

/** The answer to each ToFold, in order. */
export interface Folded extends Folds {
  readonly last: boolean;
}
