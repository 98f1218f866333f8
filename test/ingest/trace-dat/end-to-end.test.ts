// Recordings into a store, and the report's listeners against what the lines of `trace-cmd report` add up to.
import { expect, it } from 'vitest';
import { reportOn, take, withStore } from '../../support/fixtures.ts';
import { group } from '../../support/needs.ts';
import { parseReport, traceCmdReport } from './report-text.ts';
import { traceDatOf } from './rows.ts';

interface Counted {
  readonly port: number;
  readonly backlog: number;
  enqueued: number;
  accepted: number;
}

/** Goes through the lines like awk: listen() of a task with its socket's change to LISTEN inside, accept() by fd, new connections by port. */
function countListeners(path: string): Counted[] {
  const { events } = parseReport(traceCmdReport(path), ['f_a', 'f_b']);
  const listening = new Map<number, { fd: number; backlog: number }>();
  const accepting = new Map<number, number>();
  const byPort = new Map<number, Counted>();
  const portOfFd = new Map<number, number>();
  for (const { name, tid, text } of events) {
    const hex = [...text.matchAll(/0x([0-9a-f]+)/g)].map((match) => Number.parseInt(match[1], 16));
    if (name === 'sys_enter_listen') listening.set(tid, { fd: hex[0], backlog: hex[1] });
    else if (name === 'sys_exit_listen') listening.delete(tid);
    else if (name === 'sys_enter_accept4') accepting.set(tid, hex[0]);
    else if (name === 'sys_exit_accept4') {
      const port = portOfFd.get(accepting.get(tid) ?? -1);
      const listener = port === undefined ? undefined : byPort.get(port);
      if (listener !== undefined && hex[0] < 0x10000) listener.accepted++;
    } else if (name === 'inet_sock_set_state') {
      const port = Number(/sport=(\d+)/.exec(text)?.[1]);
      const call = listening.get(tid);
      if (text.includes('newstate=TCP_LISTEN') && call !== undefined) {
        byPort.set(port, { port, backlog: call.backlog, enqueued: 0, accepted: 0 });
        portOfFd.set(call.fd, port);
      }
      const listener = byPort.get(port);
      if (listener !== undefined && text.includes('oldstate=TCP_SYN_RECV newstate=TCP_ESTABLISHED'))
        listener.enqueued++;
    }
  }
  return [...byPort.values()].sort((a, b) => a.port - b.port);
}

group('listeners of a recording add up to the lines of trace-cmd report', ['trace-cmd'], () => {
  it.each(['linux-5.10', 'switch', 'tasks', 'v6', 'v7-none', 'v7-zstd'])('%s', (name) => {
    const wanted = countListeners(traceDatOf(name));
    const report = withStore((store) => {
      take(store, traceDatOf(name));
      return reportOn(store);
    });
    const ours = report.listeners
      .filter(({ port }) => port !== null && wanted.some((counted) => counted.port === port))
      .map(({ port, backlog, enqueued, accepted }) => ({ port, backlog: backlog.requested, enqueued, accepted }))
      .sort((a, b) => Number(a.port) - Number(b.port));
    expect(ours).toEqual(wanted);
    expect(report.captures[0]).toMatchObject({
      format: 'trace.dat',
      tool: 'trace-cmd 3.1.6',
      unit: 'byte',
      rejected: 0,
    });
    expect(wanted.length).toBeGreaterThan(0);
  });
});
