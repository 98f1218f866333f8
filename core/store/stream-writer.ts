// Writes the pieces of streams of one capture into their table.
import type { Connection } from './store.ts';
import type { StreamPiece } from './stream-index.ts';

export class StreamWriter {
  private readonly insert;
  private readonly capture: number;

  constructor(db: Connection, capture: number) {
    this.capture = capture;
    this.insert = db.prepare(
      'INSERT INTO streams (capture, kind, key, first_version, length, positions) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  write(pieces: readonly StreamPiece[]): void {
    for (const { kind, key, firstVersion, length, positions } of pieces)
      this.insert.run(this.capture, kind, key, firstVersion, length, positions);
  }
}
