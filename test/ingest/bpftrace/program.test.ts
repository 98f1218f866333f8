// acceptq's bpftrace program for kernels with and without BTF: what it may read there, and that its output is understood.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bpftrace } from '../../../ingest/format/bpftrace/format.ts';
import { bpftraceProgram } from '../../../ingest/probe/kit/bpftrace-program.ts';
import { type KitOptions, TIERS } from '../../../ingest/probe/kit/options.ts';
import { reportOn, takeAny, withStoreAsync } from '../../support/fixtures.ts';
import { acceptq } from '../../support/run.ts';
import { memorySource } from '../perf-data/bytes.ts';

const DEFAULTS: KitOptions = { tier: 'standard', kernel: null, port: null, pid: null, btf: true, seconds: null };
const program = (options: Partial<KitOptions>): string => bpftraceProgram({ ...DEFAULTS, ...options });
const codeOf = (text: string): string => text.replace(/^\/\/.*\n/gm, '');

describe('without BTF', () => {
  it.each(['light', 'standard'] as const)('%s: reads arguments of tracepoints only', (tier) => {
    for (const kernel of [null, [5, 10], [6, 1]] as const) {
      const code = codeOf(program({ tier, btf: false, kernel }));
      expect(code).not.toMatch(/curtask|struct |\$sk|kprobe/);
      expect(code).toMatch(/aq 1 %llu %s - - /);
      // bpftrace declares fields by types that headers for programs do not have
      expect(code).toContain('#define s64 __s64');
      expect([...code.matchAll(/printf\("(\w) /g)].every(([, tag]) => 'exsty'.includes(tag))).toBe(true);
    }
  });

  it('says in its first line what it needs', () => {
    expect(program({ btf: false }).split('\n')[0]).toMatch(/^\/\/ .*\/usr\/include\/linux\/types\.h/);
    expect(program({})).not.toContain('types.h');
  });

  it('gives a header without a host and a kernel, which is read', () => {
    const { info } = bpftrace.open(memorySource(Buffer.from('aq 1 5000000000 1700000000.250000 - - standard\n')));
    expect(info).toMatchObject({ kernel: null, host: null, wallOffset: '1699999995250000000' });
  });

  it('recorded a load on 5.10, listeners and all', () =>
    withStoreAsync(async (store) => {
      await takeAny(store, fileURLToPath(new URL('../../fixture/guests/5.10/bpftrace.json.xz', import.meta.url)));
      const { captures, listeners } = reportOn(store);
      expect(captures[0]).toMatchObject({ kernel: null, host: null, evidence: ['syscalls', 'state'] });
      expect(listeners).toHaveLength(1);
    }));

  it('has no full tier, and is for bpftrace', () => {
    const full = acceptq(['probe', 'bpftrace', '--no-btf', '--tier', 'full']);
    expect(full).toMatchObject({ status: 2, stdout: '' });
    expect(full.stderr).toMatch(/without BTF does not tell where they are: use --tier standard/);
    expect(acceptq(['probe', 'perf', '--no-btf'])).toMatchObject({ status: 2, stdout: '' });
    expect(acceptq(['probe', 'bpftrace', '--no-btf']).stdout).toBe(`${program({ btf: false }).trimEnd()}\n`);
  });
});

describe('the head of the program', () => {
  it.each(TIERS)('%s: what it is, what it costs, how to run it', (tier) => {
    const head = program({ tier, seconds: 10 }).split('\n\n')[0];
    expect(head.split('\n').every((line) => line.startsWith('// '))).toBe(true);
    expect(head).toContain(`Tier ${tier}: `);
    expect(head).toContain('bpftrace -f json -o capture.json');
    expect(head).toContain('stops after 10 s');
    expect(head).toContain("'Addrspace' are harmless");
  });
});

/** tcp:tcp_retransmit_skb has no family before 5.12. */
it('tells IPv4 from IPv6 by the mapped address where an event has no family', () => {
  const linesOf = (text: string): string => text.slice(text.indexOf('tracepoint:tcp:'));
  expect(linesOf(program({ kernel: [5, 10] }))).not.toContain('args->family');
  expect(linesOf(program({ kernel: [5, 12] }))).toContain('args->family');
});
