// What a recorder leaves out without saying so: interrupts of tasks that it does not follow, and on some hosts those of idle CPUs.

/** Options of perf record that take a value as the next word, as far as they are used. */
const WITH_VALUE = new Set(
  '-e -o -c -F -m -k -p -t -u -C -G -D -j --event --output --count --freq --mmap-pages --clockid --pid --tid --uid --cpu --cgroup --delay --filter --kcore --switch-output'.split(
    ' ',
  ),
);
const WHOLE_HOST = new Set(['-a', '--all-cpus', '-C', '--cpu']);

/** True when a perf command line asks for every task. */
export function perfFollowsAll(cmdline: string): boolean {
  const words = cmdline.split(/\s+/);
  const record = words.indexOf('record');
  for (let k = record + 1; k < words.length; k++) {
    const word = words[k];
    if (word === '--' || !word.startsWith('-')) return false; // the workload
    if (WHOLE_HOST.has(word) || word.startsWith('--cpu=')) return true;
    // letters may be joined: -ag
    if (/^-[a-zA-Z]+$/.test(word) && !WITH_VALUE.has(word.slice(0, 2)) && word.includes('a')) return true;
    if (WITH_VALUE.has(word)) k++;
  }
  return false;
}

/** What may be missing though the recorder reports no loss. */
export interface LeftOut {
  /** Only what some tasks did was recorded, and what interrupts did while those ran. */
  readonly perTask: boolean;
  /** perf and ftrace were seen to leave out what interrupts did on an idle CPU, on virtual machines; bpftrace was not. */
  readonly idleCpus: boolean;
}

/** @param idleSeen an event was recorded while a CPU had nothing to do (tid 0): no recorder of tasks sees that. */
export function leftOut(
  { format, cmdline }: { readonly format: string; readonly cmdline: string | null },
  idleSeen: boolean,
): LeftOut {
  const perTask = format.startsWith('perf') && (cmdline === null ? !idleSeen : !perfFollowsAll(cmdline));
  return { perTask, idleCpus: format !== 'bpftrace' };
}
