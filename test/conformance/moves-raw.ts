// Moves of raw peers: clients outside the host, a segment at a time.
import { type Move, port } from './draft.ts';

export const rawSyn: Move = (draft) => {
  draft.add(0, 'syn', draft.peers, `lo4,${port(draft)}`, 5000, 1000);
  draft.peers++;
};

/** A SYN that brings data, most often with a cookie or a request for one. */
export const rawFastopen: Move = (draft) => {
  const { chance } = draft;
  const kind = chance.weighted([
    [3, 0],
    [3, 1],
    [4, 2],
    [1, 3],
  ]);
  const again = draft.peers > 0 && chance.next() < 0.5;
  const peer = again ? chance.below(draft.peers) : draft.peers++;
  draft.add(
    0,
    'tfo',
    peer,
    `lo4,${port(draft)}`,
    again ? 5000 + chance.below(3) : 5000,
    1000,
    chance.of([0, 5, 5]),
    kind,
  );
};

export const rawSegment: Move = (draft) => {
  const { chance } = draft;
  if (draft.peers === 0) return rawSyn(draft);
  const [flags, seq, ack, length] = chance.weighted<readonly [string, number, number, number]>([
    [10, ['A', 1001, 1, 0]],
    [3, ['AP', 1001, 1, 5]],
    [1, ['AF', 1001, 1, 0]],
    [1, ['A', 1001, 2, 0]],
    [2, ['R', 1001, 0, 0]],
    [1, ['S', 1000, 0, 0]],
    [1, ['S', 2000, 0, 0]],
    [0.5, ['F', 1001, 0, 0]],
    [2, ['A', 1006, 1, 0]],
    [1, ['AP', 1006, 1, 5]],
    [0.5, ['AF', 1006, 1, 0]],
    [0.5, ['R', 1006, 0, 0]],
  ]);
  draft.add(
    0,
    'seg',
    chance.below(draft.peers),
    `lo4,${chance.next() < 0.9 ? 'p0' : port(draft)}`,
    chance.next() < 0.85 ? 5000 : 5001,
    flags,
    seq,
    ack,
    length,
  );
};
