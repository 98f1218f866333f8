// What a command returns: data for --json, and the same as text. One place prints it.

/** Things that come while they are printed. */
export interface Live {
  /** Several at a time; each part is printed at once. */
  parts(): AsyncIterable<readonly unknown[]>;
  /** Exit status once they have ended: 130 by Ctrl-C. */
  status(): 0 | 130;
}

export interface CommandResult {
  /** Exit status; from 128 on the signal that ended it. */
  readonly exit: 0 | 1 | 2 | 3 | 130 | 143;
  /** The document that --json prints. */
  readonly json: unknown;
  /** Lines for people; made only when asked for. */
  readonly text: (style: TextStyle) => Iterable<string>;
  /** Objects for --json that are too many for one document in memory; printed as a JSON array. */
  readonly stream?: Iterable<unknown>;
  /** In place of `stream` and `text`, with the line for each. */
  readonly live?: Live & { line(thing: unknown): string };
  /** Lines of the document that --json prints, where it is made piece by piece; in place of `json`. */
  readonly jsonLines?: () => Iterable<string>;
}

export interface TextStyle {
  readonly color: boolean;
  /** It goes to a terminal, which obeys what is written to it. */
  readonly terminal: boolean;
  /** Columns that a line may have. */
  readonly width: number;
}

/** The command line asks for something that cannot be. Exit status 2. */
export class UsageError extends Error {}
