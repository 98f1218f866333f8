// Slices of one track nest, waits overlap: each goes into a lane that is free, and lanes of one name are shown as one track.

/** Lanes by when they are free again: a heap, since thousands may wait at a time. */
export class Lanes {
  private readonly until: number[] = [];
  private readonly tracks: number[] = [];
  private readonly open: () => number;

  /** @param open makes the track of a new lane */
  constructor(open: () => number) {
    this.open = open;
  }

  /** The track for a slice. Slices come in order of their beginnings. */
  take(from: number, to: number): number {
    const { until, tracks } = this;
    if (until.length === 0 || until[0] > from) {
      const track = this.open();
      let at = until.length;
      for (let parent = (at - 1) >> 1; at > 0 && until[parent] > to; at = parent, parent = (at - 1) >> 1) {
        until[at] = until[parent];
        tracks[at] = tracks[parent];
      }
      until[at] = to;
      tracks[at] = track;
      return track;
    }
    const [track] = tracks;
    let at = 0;
    for (let child = 1; child < until.length; child = 2 * at + 1) {
      if (child + 1 < until.length && until[child + 1] < until[child]) child++;
      if (until[child] >= to) break;
      until[at] = until[child];
      tracks[at] = tracks[child];
      at = child;
    }
    until[at] = to;
    tracks[at] = track;
    return track;
  }
}
