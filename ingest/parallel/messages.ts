// What the reading thread and the writing thread tell each other.
import type { CaptureInfo } from '../../core/event/capture.ts';
import type { LogColumns } from '../../core/event/log-text.ts';
import type { PackedRows } from '../../core/projection/row-buffers.ts';
import type { NewEntries } from '../../core/store/capture-writer.ts';
import type { Bases } from '../../core/store/log-encoder.ts';
import type { FirstIds } from '../../core/store/project.ts';
import type { End, Part, Progress } from '../pipeline.ts';

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
  /** One counter: messages that were sent and are not written yet. */
  readonly waiting: Int32Array<SharedArrayBuffer>;
}

export type Message =
  | { readonly kind: 'opened'; readonly info: CaptureInfo }
  | { readonly kind: 'parts'; readonly parts: readonly Part[]; readonly progress: Progress }
  | { readonly kind: 'end'; readonly end: End }
  | {
      readonly kind: 'refused';
      readonly capture: string;
      readonly offset: number | null;
      readonly message: string;
      readonly next: string;
      readonly unit: 'byte' | 'line';
    };

/** More messages than this do not wait: the reading thread does, so that memory stays bounded. */
export const MOST_WAITING = 6;

/** What the folding thread is started with. */
export interface FoldTask {
  readonly bases: Bases;
  readonly first: FirstIds;
  readonly info: Pick<CaptureInfo, 'probes' | 'pointers'>;
}

export interface ToFold {
  /** Shared: the writing thread has them too. */
  readonly columns: LogColumns | null;
  readonly entries: NewEntries;
  readonly last: boolean;
}

/** The answer to each ToFold, in order. */
export interface Folded {
  readonly rows: readonly PackedRows[];
  readonly last: boolean;
}
