// A real recorder into a pipe: what the server accepted shows in the store while the recorder goes on.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { group } from '../support/needs.ts';
import { Paced, peek, until } from '../support/paced.ts';
import { acceptq } from '../support/run.ts';

const CONNECTIONS = 20;

/** Listens, and takes so many connections one after the other; returns the port. What it accepted is counted by the server itself. */
async function load(): Promise<{ port: number; accepted: number }> {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (let k = 0; k < CONNECTIONS; k++) {
    const client = connect(port, '127.0.0.1');
    client.resume();
    await once(client, 'close');
  }
  server.close();
  await once(server, 'close');
  return { port, accepted };
}

let directory: string;
let db: string;
let recorder: ChildProcess | null = null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'acceptq-live-kernel-'));
  db = join(directory, 'live.db');
});
afterEach(() => {
  recorder?.kill('SIGKILL');
  recorder = null;
  rmSync(directory, { recursive: true, force: true });
});

/** A recorder whose stdout goes into an ingest. */
function piped(command: string, args: readonly string[]): { recorder: ChildProcess; ingest: Paced } {
  const ingest = new Paced(['ingest', '-', '--db', db]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  recorder = child;
  child.stdout.pipe(ingest.child.stdin);
  return { recorder: child, ingest };
}

const listenerOn = (port: number): { enqueued: number; accepted: number } | undefined =>
  JSON.parse(acceptq(['listeners', '--db', db, '--json']).stdout || '{"listeners":[]}').listeners.find(
    (listener: { port: number }) => listener.port === port,
  );

/** The recorder is at work when something of these connections is in the log. */
async function attached(): Promise<void> {
  let busy = false;
  await until('the recorder records', () => {
    if (!busy) {
      busy = true;
      load().then(() => {
        busy = false;
      });
    }
    return (peek(db, 'SELECT count(*) FROM batches') as number) > 0;
  });
  await until('the last of these connections is over', () => !busy);
}

async function seenWhole(parts: { recorder: ChildProcess; ingest: Paced }): Promise<void> {
  await attached();
  const { port, accepted } = await load();
  expect(accepted).toBe(CONNECTIONS);
  const seen = await until('all of them are in the store', () => {
    const listener = listenerOn(port);
    return listener !== undefined && listener.accepted === accepted ? listener : undefined;
  });
  expect(seen.enqueued).toBe(accepted);
  expect(peek(db, 'SELECT ending FROM captures')).toBe('open');
  parts.recorder.kill('SIGINT');
  expect(await parts.ingest.end()).toMatchObject({ status: 0 });
  expect(peek(db, 'SELECT ending FROM captures')).toBe('complete');
  expect(listenerOn(port)).toMatchObject({ enqueued: accepted, accepted });
  expect(acceptq(['verify', '--db', db]).status).toBe(0);
}

group('bpftrace into a pipe', ['root', 'bpftrace'], () => {
  it('shows what the server accepted while it records', async () => {
    const program = join(directory, 'acceptq.bt');
    writeFileSync(program, acceptq(['probe', 'bpftrace']).stdout);
    await seenWhole(piped('bpftrace', ['-f', 'json', program]));
  }, 120_000);
});

group('perf into a pipe', ['root', 'perf'], () => {
  it('shows what the server accepted while it records', async () => {
    const events = [
      'syscalls:sys_enter_listen,syscalls:sys_exit_listen,syscalls:sys_enter_accept4,syscalls:sys_exit_accept4',
      'syscalls:sys_enter_socket,syscalls:sys_exit_socket,syscalls:sys_enter_bind,syscalls:sys_exit_bind',
      'sock:inet_sock_set_state,sock:sk_data_ready',
    ];
    const flags = events.flatMap((event) => ['-e', event]);
    await seenWhole(piped('perf', ['record', '-a', '--no-buffering', ...flags, '-o', '-']));
  }, 120_000);
});
