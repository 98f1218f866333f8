// Moves of UNIX stream and seqpacket programs.
import { backlog, type Draft, type Move, NONBLOCK } from './draft.ts';

export const unixName = (draft: Draft): string =>
  `${draft.chance.weighted([
    [5, 'abs'],
    [3, 'path'],
  ])},${draft.chance.below(2)}`;
export const unixType = (draft: Draft): number =>
  draft.chance.weighted([
    [8, 1],
    [2, 5],
  ]) | NONBLOCK;

export const unixServe: Move = (draft) => {
  draft.add(0, 'socket', 1, unixType(draft), 0);
  draft.top++;
  if (draft.chance.next() < 0.9) draft.add(0, 'bind', draft.top - 1, unixName(draft), -2);
  draft.add(0, 'listen', draft.top - 1, backlog(draft));
};

export const unixConnect: Move = (draft) => {
  draft.add(0, 'socket', 1, unixType(draft), 0);
  draft.top++;
  draft.connect(0, draft.chance.next() < 0.9 ? draft.top - 1 : draft.fd(), unixName(draft));
};
