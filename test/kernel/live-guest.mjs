// Run in a guest by live-guest.sh: workloads of recordings and workloads made by hand, played on its kernel; a line for each says
// whether the counts are the model's under that kernel's rules.
import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { kernelProfile } from './dist/core/kernel/profile.js';
import { playLive } from './dist/replay/live/play-live.js';
import { prepare } from './dist/replay/what-if/prepared.js';
import { settingsOf } from './dist/replay/what-if/settings.js';
import { Replay } from './dist/replay/what-if/simulate.js';

const kernel = kernelProfile(release()).release;
const every = (count, gap) => Array.from({ length: count }, (_, k) => k * gap);
const acceptor = (service, ready = 0, member = 0, stalls = []) => ({
  name: 'acceptor',
  member,
  service_ns: [service],
  taken_ns: [],
  wake_ns: [],
  ready_ns: ready,
  stalls,
});
const workload = (backlog, arrivals_ns, acceptors, { settings = {}, clients = {}, ...more } = {}) => ({
  schema: 'acceptq.workload/1',
  name: 'made by hand',
  origin: null,
  kernel,
  settings: {
    backlog,
    somaxconn: 4096,
    tcp_syncookies: 1,
    tcp_max_syn_backlog: 512,
    tcp_abort_on_overflow: 0,
    tcp_synack_retries: 5,
    ...settings,
  },
  assumed: [],
  members: 1,
  duration_ns: 1e9,
  clients: {
    mode: 'open',
    follows: null,
    why: 'made by hand',
    source: 'synthetic',
    bias: null,
    arrivals_ns,
    members: [],
    slots: [],
    retry: { initial_ms: 1000, linear: 0, retries: 6, wheel: null, timeout_ns: null },
    stop_ns: null,
    handshake_ns: 0,
    speaks_first: false,
    resets: false,
    ...clients,
  },
  acceptors,
  recorded: null,
  ...more,
});

// An emulated processor is slow, and there is one: clients come far apart, and few of them at a time come again.
const WORKLOADS = {
  'nobody accepts for 4 s': workload(31, every(50, 40e6), [acceptor(1e6, 2200e6)]),
  'two who keep up': workload(31, every(100, 30e6), [acceptor(5e6), acceptor(5e6)]),
  'a stall of 600 ms': workload(15, every(150, 20e6), [acceptor(2e6, 0, 0, [{ at_ns: 1000e6, duration_ns: 600e6 }])]),
  'clamped by somaxconn': workload(1000, every(60, 20e6), [acceptor(1e6, 3000e6)], { settings: { somaxconn: 20 } }),
  'a group of two, one asleep': workload(4, every(60, 20e6), [acceptor(1e5, 4000e6), acceptor(1e5, 0, 1)], {
    members: 2,
    clients: { stop_ns: 2500e6, members: every(60, 1).map((k) => (k % 4 === 0 ? 1 : 0)) },
  }),
  'too slow for what comes': workload(7, every(40, 60e6), [acceptor(90e6)]),
};

/** Workloads that live-guest.sh took from recordings, under the rules of this kernel. */
const recorded = () => {
  const directory = new URL('workloads/', import.meta.url);
  return readdirSync(directory).map((file) => {
    const one = JSON.parse(readFileSync(new URL(file, directory), 'utf8'));
    return [file.replace('.json', ''), { ...one, kernel, recorded: null }];
  });
};

/** What is to be the model's within 3 or 5 %; other figures are printed as well. */
const JUDGED = ['capacity', 'enqueued', 'accepted', 'overflows'];

const figures = ({ capacity, arrivals, enqueued, accepted, overflows, syn_retransmits, gave_up, depth }) => ({
  capacity,
  arrivals,
  enqueued,
  accepted,
  overflows,
  syn_retransmits,
  gave_up,
  depth_max: depth.max,
});

for (const [name, one] of [...recorded(), ...Object.entries(WORKLOADS)]) {
  const settings = settingsOf(one);
  const model = figures(new Replay(prepare(one), settings).run());
  const job = { workload: one, settings, speed: 1, limit_ns: null };
  const { run, unset } = await playLive(job, { signal: new AbortController().signal });
  const live = figures(run.outcome);
  const differ = JUDGED.filter((key) => Math.abs(model[key] - live[key]) > Math.max(3, 0.05 * model[key]));
  const said = (of) => Object.values(of).join(' ');
  const late = Object.values(run.arrivals_late_ns).map((ns) => (ns / 1e6).toFixed(2));
  console.log(
    `${release()} ${name}: model ${said(model)}; live ${said(live)}; late ${late.join(' ')} ms; ${unset.join(', ')} ${differ.length === 0 ? 'same' : `DIFFER: ${differ.join(', ')}`}`,
  );
}
