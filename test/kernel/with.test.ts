// Snapshots taken around a recording on this kernel: the report's growth of counters, limit and depth against what the tools printed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { Report } from '../../core/report/model.ts';
import { group } from '../support/needs.ts';
import { acceptq } from '../support/run.ts';

const FULL_QUEUE = fileURLToPath(new URL('../fixture/record/full-queue.js', import.meta.url));
const PORT = 7070;
const BACKLOG = 3;
const CLIENTS = 9;

/** $1 is node. A namespace of its own: its counters start at 0 and are no one else's. */
const SCRIPT = `set -eu
ip link set lo up
export NSTAT_HISTORY=$PWD/history
all() { date +%s.%N; nstat -az; cat /proc/net/netstat; ss -ltnpem; cat /proc/net/tcp; sysctl net.core.somaxconn; }
"$1" ${FULL_QUEUE} server ${PORT} ${BACKLOG} & server=$!
trap 'kill $server' EXIT
for _ in $(seq 100); do ss -ltn | grep -q :${PORT} && break; kill -0 $server; sleep 0.1; done
all >before.txt
perf record -q -a -k mono -m 1024 -o perf.data -e 'sock:inet_sock_set_state,tcp:tcp_retransmit_skb' \\
  -- "$1" ${FULL_QUEUE} clients ${PORT} ${CLIENTS} >/dev/null 2>&1
all >after.txt
`;

group('snapshots around a recording made now', ['root', 'perf', 'namespaces', 'tracefs', 'slow'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-with-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('give the namespace’s growth, and the limit and depth of a listener that is older than it', () => {
    execFileSync('unshare', ['--net', 'sh', '-c', SCRIPT, 'sh', process.execPath], { cwd: directory, timeout: 60_000 });
    const [before, after] = ['before.txt', 'after.txt'].map((name) => join(directory, name));
    /** Of /proc/net/netstat, by hand. */
    const overflows = (path: string): number => {
      const [names, values] = readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('TcpExt: '));
      return Number(values.split(' ')[names.split(' ').indexOf('ListenOverflows')]);
    };
    const row = /^LISTEN +(\d+) +(\d+) +127\.0\.0\.1:7070 /m.exec(readFileSync(after, 'utf8')) as RegExpExecArray;
    expect([Number(row[1]), Number(row[2])]).toEqual([BACKLOG + 1, BACKLOG]); // the scenario is what it should be
    const grown = overflows(after) - overflows(before);
    expect(grown).toBeGreaterThan(0);

    const { status, stdout, stderr } = acceptq([
      'analyze',
      join(directory, 'perf.data'),
      '--with',
      before,
      after,
      '--json',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout) as Report;
    expect(report.captures[0].counters.TcpExtListenOverflows).toBe(grown);
    const [listener] = report.listeners.filter(({ port }) => port === PORT);
    expect(listener.backlog).toMatchObject({ effective: BACKLOG, basis: 'read' });
    expect(listener.readings.depth_max).toBe(BACKLOG + 1);
    expect(listener.overflows.count).toBeLessThanOrEqual(grown);
    expect(listener.overflows.count).toBeGreaterThan(0);
  });
});
