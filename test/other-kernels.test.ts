// Recordings of older kernels, without sk_data_ready and with children that do not know their peer yet (before 6.15).
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { reportOn, take, withStore } from './support/fixtures.ts';
import { group } from './support/needs.ts';

const fileOf = (kernel: string): string =>
  fileURLToPath(new URL(`./fixture/other-kernels/${kernel}.data`, import.meta.url));

// from the recorded command lines: `acceptload CONNECTIONS 5 3000`, one client that connects one after the other, backlog 5
const RUNS = [
  ['5.10', 60],
  ['6.1', 200],
] as const;

describe.each(RUNS)('Linux %s', (kernel, connections) => {
  it('has every connection, the limit, and the refusals that its length in time demands', () =>
    withStore((store) => {
      take(store, fileOf(kernel));
      const report = reportOn(store);
      expect(report.captures[0].kernel?.startsWith(kernel)).toBe(true);
      expect(report.captures[0].evidence).toEqual(['syscalls', 'state']);
      const [listener] = report.listeners;
      expect(listener).toMatchObject({ enqueued: connections, accepted: connections, bounds: { enqueued: 'exact' } });
      expect(listener.backlog).toMatchObject({ requested: 5, effective: 5, capacity: 6, limited_by: null });
      expect(listener.depth.max).toBe(6);
      // the only thing that takes long in these runs is a client that waits 1 s to send its SYN again
      expect(listener.overflows.count).toBe(Math.floor(report.captures[0].duration_ns / 1.02e9));
      expect(listener.handshake_ns?.max).toBeGreaterThan(1e9);
    }));
});

group('Linux 5.10 and 6.1 by perf script', ['perf'], () => {
  it.each(RUNS)('%s: as many arrivals and accepts', (kernel) => {
    const lines = execFileSync('perf', ['script', '-f', '-i', fileOf(kernel)], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n');
    withStore((store) => {
      take(store, fileOf(kernel));
      const [listener] = reportOn(store).listeners;
      expect(listener.enqueued).toBe(
        lines.filter((line) => line.includes('oldstate=TCP_SYN_RECV newstate=TCP_ESTABLISHED')).length,
      );
      expect(listener.accepted).toBe(
        lines.filter((line) => /sys_exit_accept4: 0x[0-9a-f]{1,8}$/.test(line.trim())).length,
      );
    });
  });
});
