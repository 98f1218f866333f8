// Loads whose outcome is predicted: each played under a captured setting and under others, by the programs of test/fixture/record.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../../replay/what-if/settings.ts';

export const RECORD = fileURLToPath(new URL('../fixture/record/', import.meta.url));

/** A run: a program of test/fixture/record, its options, and the settings that they are. */
export interface Run {
  readonly program: 'openload' | 'acceptload';
  /** Who listens, if not the program itself. */
  readonly server?: 'nginx' | 'node';
  readonly options: Readonly<Record<string, number>>;
}

export interface Experiment {
  readonly name: string;
  readonly captured: Run;
  readonly others: readonly { readonly run: Run; readonly change: Partial<Settings> }[];
}

const withOptions = (run: Run, more: Readonly<Record<string, number>>): Run => ({
  ...run,
  options: { ...run.options, ...more },
});

/** openload's clients at a server that somebody else wrote. */
const openAt = (server: 'nginx' | 'node', options: Record<string, number>): Run => ({
  program: 'openload',
  server,
  options: { server: 0, ask: 1, ...options },
});

const open = (options: Record<string, number>): Run => ({ program: 'openload', options });

/** One load under a captured backlog and number of acceptors, and under others. */
function experiment(
  name: string,
  load: Run,
  captured: Record<string, number>,
  others: readonly (Record<string, number> & { readonly withoutStall?: number })[],
): Experiment {
  return {
    name,
    captured: withOptions(load, captured),
    others: others.map(({ withoutStall, ...options }) => ({
      run: withOptions(load, { ...captured, ...options, ...(withoutStall === 1 ? { 'stall-ms': 0 } : {}) }),
      change: {
        ...(options.backlog === undefined ? {} : { backlog: options.backlog }),
        ...(options.acceptors === undefined ? {} : { acceptors: options.acceptors }),
        ...(withoutStall === 1 ? { recorded_stalls: false } : {}),
      },
    })),
  };
}

const POISSON = open({ rate: 400, 'service-us': 2000, ms: 1500 });
const BURSTS = open({ rate: 0, burst: 60, 'every-ms': 400, 'service-us': 2000, ms: 1300 });
const BUSY = open({ rate: 500, 'service-us': 3000, ms: 1200 });
const STALLED = open({ rate: 300, 'service-us': 1000, 'stall-at-ms': 500, 'stall-ms': 300, ms: 1500 });
const FOUR = open({ rate: 1200, 'service-us': 3000, ms: 1000 });
const NGINX = openAt('nginx', { rate: 200, 'service-us': 3000, ms: 1500 });
const NGINX_BURSTS = openAt('nginx', { rate: 0, burst: 60, 'every-ms': 400, 'service-us': 3000, ms: 1300 });
const NODE = openAt('node', { rate: 200, 'service-us': 2500, ms: 1500 });
const NODE_BURSTS = openAt('node', { rate: 0, burst: 60, 'every-ms': 400, 'service-us': 2500, ms: 1300 });
const CLOSED: Run = {
  program: 'acceptload',
  options: { connections: 150, clients: 8, 'service-us': 3000, 'pause-us': 2000 },
};

export const EXPERIMENTS: readonly Experiment[] = [
  experiment('Poisson, short queue', POISSON, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }, { backlog: 512 }]),
  experiment('Poisson, long queue', POISSON, { backlog: 64 }, [{ backlog: 4 }, { backlog: 8 }]),
  experiment('bursts, short queue', BURSTS, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }, { backlog: 512 }]),
  experiment('bursts, long queue', BURSTS, { backlog: 512 }, [{ backlog: 4 }, { backlog: 16 }, { backlog: 32 }]),
  experiment('too few acceptors', BUSY, { backlog: 16 }, [
    { acceptors: 2 },
    { acceptors: 2, backlog: 4 },
    { acceptors: 3, backlog: 8 },
    { backlog: 128 },
  ]),
  experiment('a stall', STALLED, { backlog: 16 }, [{ withoutStall: 1 }, { backlog: 64 }, { backlog: 512 }]),
  experiment('four acceptors', FOUR, { backlog: 8, acceptors: 4 }, [
    { backlog: 4 },
    { backlog: 64 },
    { backlog: 64, acceptors: 6 },
  ]),
  experiment('nginx, Poisson', NGINX, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }]),
  experiment('nginx, bursts', NGINX_BURSTS, { backlog: 512 }, [{ backlog: 8 }, { backlog: 32 }]),
  experiment('Node, Poisson', NODE, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }]),
  experiment('Node, bursts', NODE_BURSTS, { backlog: 512 }, [{ backlog: 8 }, { backlog: 32 }]),
  experiment('closed loop', CLOSED, { backlog: 4 }, [{ backlog: 16 }, { backlog: 64 }, { acceptors: 2 }]),
];

/** A line of the log is two pages, of which its pipe holds one: the worker is blocked until it is read. */
const LOG_PAGE = 4096;
const LOG_LINE = 2 * LOG_PAGE;

const nginxConfig = (port: number, backlog: number, workers: number): string => `
user root;
worker_processes ${workers};
pid nginx.pid;
error_log error.log;
events { worker_connections 512; }
http {
  log_format long ${Array.from({ length: 4 }, () => `'${'x'.repeat(LOG_LINE / 4)}'`)
    .join(' ')
    .replace(/x'$/, "'")};
  access_log log.fifo long;
  server {
    listen 127.0.0.1:${port} backlog=${backlog};
    return 200 "ok\n";
  }
}
`;

/** A worker that waits for its log, as one does whose disk is slow: blocked, and for times that a busy machine does not lengthen. */
function nginxAt(
  directory: string,
  port: number,
  { backlog, acceptors = 1, 'service-us': service }: Run['options'],
): string {
  const prefix = join(directory, `nginx-${port}`);
  const log = join(prefix, 'log.fifo');
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, 'nginx.conf'), nginxConfig(port, backlog, acceptors));
  return `mkfifo ${log}; ${join(directory, 'slow-log')} ${log} ${LOG_LINE} ${service} >&2 & nginx -p ${prefix}/ -c nginx.conf -g 'daemon off;'`;
}

/** What a shell runs for a run, with the server beside it where the program does not listen itself. */
export function commandOf({ program, server, options }: Run, directory: string, port: number): string {
  const words = Object.entries({ ...options, port }).map(([name, value]) => `--${name} ${value}`);
  const load = `${join(directory, program)} ${words.join(' ')} >&2`;
  if (server === undefined) return load;
  const listens =
    server === 'nginx'
      ? nginxAt(directory, port, options)
      : `${process.execPath} ${join(RECORD, 'busy-server.js')} ${port} ${options.backlog} ${options['service-us']}`;
  return `${listens} >&2 & ${join(RECORD, 'wait-listening.sh')} ${port} && ${load}; kill $!; wait $!`;
}
