// Speed and memory of a sweep: 64 settings over a million connections, on all cores.

import { settingsOf } from '../../dist/replay/what-if/settings.js';
import { sweep } from '../../dist/replay/what-if/sweep.js';
import { synthetic } from '../../dist/replay/workload/synthetic.js';

const GOAL_S = 60;
const GOAL_MB = 500;

const workload = synthetic({
  kind: 'poisson',
  rate: 10_000,
  seconds: 100,
  burst: 0,
  every_ns: 1,
  service_ns: 180_000,
  fixed_service: false,
  acceptors: 2,
  backlog: 128,
  kernel: '6.18',
  seed: 1,
});
const base = settingsOf(workload);
const settings = [];
for (let k = 0; k < 16; k++)
  for (let acceptors = 1; acceptors <= 4; acceptors++)
    settings.push({ ...base, backlog: 2 ** (k % 13) + k, acceptors });
const start = process.hrtime.bigint();
const outcomes = await sweep(
  workload,
  settings.map((one) => ({ settings: one, seed: null })),
);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(
  `replay: ${settings.length} settings over ${outcomes[0].arrivals.toLocaleString('en')} connections in ${seconds.toFixed(1)} s (goal ${GOAL_S}), ` +
    `peak memory ${Math.round(megabytes)} MB (goal ${GOAL_MB})`,
);
