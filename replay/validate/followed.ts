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

/*
 * No recorder promises every event of an interrupt, and none says which are missing. perf and ftrace were seen to leave out what
 * interrupts do on an idle CPU of virtual machines; a BPF program is skipped when its interrupt hits another one (bpf_prog_active; the
 * kernel counts them as recursion_misses, which bpftrace does not print: 8 of 5,000 in one load of nginx on 6.18).
 * So an arrival that was not recorded is no fault of the kernel's.
 */

/**
 * Whether only what some tasks did was recorded, and what interrupts did while those ran.
 * @param idleSeen an event was recorded while a CPU had nothing to do (tid 0): no recorder of tasks sees that.
 */
export function followsTasksOnly(
  { format, cmdline }: { readonly format: string; readonly cmdline: string | null },
  idleSeen: boolean,
): boolean {
  return format.startsWith('perf') && (cmdline === null ? !idleSeen : !perfFollowsAll(cmdline));
}
