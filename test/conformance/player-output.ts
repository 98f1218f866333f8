// Reads what the player prints: one block of lines per step, as the top of player/player.h describes them.
import type { Observation, Run, StepOutcome } from '../../replay/kernel.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = {
  result: number | null;
  value: number | null;
  returned: [number, number][];
  changed: Observation[];
  closed: [number, number][];
  counters: Record<string, number>;
  packets: [number, string][];
};

const newDraft = (result: number | null, value: number | null): Draft => ({
  result,
  value,
  returned: [],
  changed: [],
  closed: [],
  counters: {},
  packets: [],
});

/** @param count programs that were played; one that is missing counts as crashed. */
export function parseRuns(text: string, count: number): Run[] {
  const runs: Run[] = Array.from({ length: count }, () => ({ outcomes: [], elapsed: 0, uptime: null, crashed: true }));
  let run: Mutable<Run> | null = null;
  let outcomes: StepOutcome[] = [];
  let draft: Draft = newDraft(null, null);
  for (const line of text.split('\n')) {
    const words = line.split(' ');
    switch (words[0]) {
      case 'program':
        outcomes = [];
        run = { outcomes, elapsed: 0, uptime: Number(words[2]), crashed: false };
        runs[Number(words[1])] = run;
        break;
      case 'r':
        draft = newDraft(words[1] === 'B' ? null : Number(words[1]), words[2] === undefined ? null : Number(words[2]));
        break;
      case '.':
        outcomes.push({ ...draft, at: Number(words[1]) });
        break;
      case 'e':
        if (run !== null) run.elapsed = Number(words[1]);
        break;
      case 'crash':
        if (run !== null) run.crashed = true;
        break;
      default:
        addLine(draft, words);
    }
  }
  return runs;
}

function addLine(draft: Draft, words: readonly string[]): void {
  switch (words[0]) {
    case 'w':
      draft.returned.push([Number(words[1]), Number(words[2])]);
      break;
    case 'o':
      draft.changed.push(observation(words));
      break;
    case 'x':
      draft.closed.push([Number(words[1]), Number(words[2])]);
      break;
    case 'c':
      draft.counters[words[1]] = Number(words[2]);
      break;
    case 'p':
      draft.packets.push([Number(words[1]), words[2]]);
      break;
    default:
  }
}

function observation(words: readonly string[]): Observation {
  const [task, fd] = [Number(words[1]), Number(words[2])];
  if (words[3] === '-') {
    return { task, fd, state: null, ackBacklog: 0, maxAckBacklog: 0, drops: 0, port: 0, acceptConn: 0 };
  }
  const [state, ackBacklog, maxAckBacklog, drops, port, acceptConn] = words.slice(3).map(Number);
  return { task, fd, state, ackBacklog, maxAckBacklog, drops, port, acceptConn };
}
