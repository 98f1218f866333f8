// perf killed now, on this kernel, beside a perf that ends in peace: what the first one leaves is part of what the second one has.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readRows, typeOf } from '../ingest/perf-data/rows.ts';
import { reportOn, take, withStore } from '../support/fixtures.ts';
import { group } from '../support/needs.ts';

const LOAD = fileURLToPath(new URL('../fixture/record/acceptload.c', import.meta.url));
const PORT = 8197;
const CALLS = ['socket', 'listen', 'accept4', 'close', 'connect'];
const EVENTS = [
  ...CALLS.flatMap((call) => [`syscalls:sys_enter_${call}`, `syscalls:sys_exit_${call}`]),
  'sock:inet_sock_set_state',
  'sock:sk_data_ready',
  'tcp:tcp_retransmit_skb',
];

/** Type, task and arguments; two recorders read the clock one after the other. */
const facts = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => !/^(task_|lost)/.test(typeOf(line)))
    .map((line) =>
      line
        .split(' ')
        .filter((_, k) => k !== 1)
        .join(' '),
    );

group('perf killed by SIGKILL', ['root', 'perf', 'tracefs', 'compiler', 'slow'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-killed-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('leaves what is recognised, and nothing else', { timeout: 120_000 }, async () => {
    const load = join(directory, 'acceptload');
    execFileSync('gcc', ['-O2', '-o', load, LOAD, '-pthread']);
    // perf loses samples that fire on an idle CPU, see record.sh
    const spinners = cpus().map((_, cpu) =>
      spawn('timeout', ['60', 'nice', '-n', '19', 'taskset', '-c', String(cpu), 'sh', '-c', 'while :; do :; done']),
    );
    const record = (name: string, pages: number) =>
      spawn(
        'perf',
        [
          'record',
          '-a',
          '-m',
          String(pages),
          '-k',
          'mono',
          '-B',
          '-N',
          '--no-bpf-event',
          '-o',
          join(directory, name),
          '-e',
          EVENTS.join(','),
        ],
        { stdio: 'ignore' },
      );
    // a small ring is drained often
    const [killed, whole] = [record('killed.data', 16), record('whole.data', 4096)];
    const ended = new Promise((resolve) => whole.once('exit', resolve));
    try {
      await setTimeout(3000);
      execFileSync(load, [
        '--connections',
        '60',
        '--clients',
        '8',
        '--backlog',
        '3',
        '--service-us',
        '3000',
        '--port',
        String(PORT),
      ]);
      await setTimeout(1000);
    } finally {
      killed.kill('SIGKILL');
      whole.kill('SIGINT');
      for (const spinner of spinners) spinner.kill();
    }
    await ended;

    const left = readRows(readFileSync(join(directory, 'killed.data')));
    const intact = readRows(readFileSync(join(directory, 'whole.data')));
    expect(left.reasons.join()).toContain('recognised by the shape of their records');
    const ours = facts(left.lines);
    const theirs = new Map<string, number>();
    for (const fact of facts(intact.lines)) theirs.set(fact, (theirs.get(fact) ?? 0) + 1);
    const strangers = ours.filter((fact) => {
      const count = theirs.get(fact) ?? 0;
      theirs.set(fact, count - 1);
      return count === 0;
    });
    // the two do not begin in the same instant
    expect(strangers.filter((fact) => fact.includes(`"port":${PORT}`))).toEqual([]);
    expect(ours.length).toBeGreaterThan(400);
    for (const type of ['sys_enter_listen', 'sys_exit_accept4', 'inet_sock_set_state', 'sk_data_ready'])
      expect(
        ours.some((fact) => fact.startsWith(`${type} `)),
        type,
      ).toBe(true);

    const listenerIn = (name: string) =>
      withStore((store) => {
        take(store, join(directory, name));
        return reportOn(store).listeners.find(({ port }) => port === PORT);
      });
    const [part, all] = [listenerIn('killed.data'), listenerIn('whole.data')];
    expect(part?.backlog.requested).toBe(3);
    expect(part?.accepted).toBeLessThanOrEqual(all?.accepted as number);
    expect(part?.accepted).toBeGreaterThan((all?.accepted as number) / 2);
    expect(part?.bounds.accepted).toBe('lower');
  });
});
