// Where the backlog is set, for servers that are known by their command name.

interface Knob {
  readonly comm: RegExp;
  readonly how: (backlog: number) => string;
}

const KNOBS: readonly Knob[] = [
  { comm: /^nginx/, how: (n) => `nginx: listen … backlog=${n};` },
  { comm: /^redis|^valkey/, how: (n) => `redis.conf: tcp-backlog ${n}` },
  { comm: /^node|^MainThread/, how: (n) => `Node.js: server.listen({ port, backlog: ${n} })` },
  { comm: /^haproxy/, how: (n) => `haproxy: bind … backlog ${n}` },
  { comm: /^gunicorn/, how: (n) => `gunicorn: --backlog ${n}` },
  { comm: /^(apache2|httpd)/, how: (n) => `Apache: ListenBacklog ${n}` },
  { comm: /^python/, how: (n) => `Python: request_queue_size = ${n} (socketserver) or sock.listen(${n})` },
];

/** The setting that gives a listener this backlog, as precisely as the command name allows. */
export function backlogKnob(comm: string | null, backlog: number): string {
  const knob = comm === null ? undefined : KNOBS.find((candidate) => candidate.comm.test(comm));
  return knob?.how(backlog) ?? `the second argument of listen(): ${backlog}`;
}

/** A round number of at least this: the next power of two, from 16 on. */
export function roundBacklog(least: number): number {
  let backlog = 16;
  while (backlog < least) backlog *= 2;
  return backlog;
}
