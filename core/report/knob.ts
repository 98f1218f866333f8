// Where the backlog is set, for servers that are known by their command name.

interface Knob {
  readonly comm: RegExp;
  readonly how: (backlog: number) => string;
}

const KNOBS: readonly Knob[] = [
  { comm: /^nginx/, how: (n) => `nginx: listen … backlog=${n}; (without it 511)` },
  { comm: /^redis|^valkey/, how: (n) => `redis.conf: tcp-backlog ${n} (without it 511)` },
  { comm: /^node|^MainThread/, how: (n) => `Node.js: server.listen({ port, backlog: ${n} }) (without it 511)` },
  { comm: /^haproxy/, how: (n) => `haproxy: bind … backlog ${n} (without it maxconn)` },
  { comm: /^gunicorn/, how: (n) => `gunicorn --backlog ${n} (without it 2048)` },
  { comm: /^uwsgi/, how: (n) => `uwsgi --listen ${n} (without it 100)` },
  { comm: /^php-fpm/, how: (n) => `php-fpm pool: listen.backlog = ${n} (without it 511)` },
  { comm: /^(apache2|httpd)/, how: (n) => `Apache: ListenBacklog ${n} (without it 511)` },
  {
    comm: /^(java|http-nio|https-jsse|nio-)/,
    how: (n) => `Java: new ServerSocket(port, ${n}) (without it 50); Tomcat: acceptCount="${n}"`,
  },
  { comm: /^systemd$/, how: (n) => `systemd socket unit: Backlog=${n}` },
  { comm: /^envoy/, how: (n) => `Envoy listener: tcp_backlog_size: ${n}` },
  { comm: /^memcached/, how: (n) => `memcached -b ${n} (without it 1024)` },
  { comm: /^(mysqld|mariadbd)/, how: (n) => `MySQL: back_log = ${n}` },
  { comm: /^(puma|ruby|unicorn)/, how: (n) => `Ruby: TCPServer#listen(${n}); unicorn: listen … :backlog => ${n}` },
  { comm: /^dotnet/, how: (n) => `.NET Kestrel: SocketTransportOptions.Backlog = ${n} (without it 512)` },
  { comm: /^beam\.smp/, how: (n) => `Erlang: gen_tcp:listen(Port, [{backlog, ${n}}]) (without it 5)` },
  {
    comm: /^python/,
    how: (n) => `Python: request_queue_size = ${n} (socketserver, without it 5) or sock.listen(${n})`,
  },
  // Go has no parameter: net.Listen passes net.core.somaxconn as it is when the process starts
  {
    comm: /^(caddy|traefik|etcd|kube-|dockerd|containerd|prometheus|grafana)/,
    how: (n) => `Go passes net.core.somaxconn: sysctl -w net.core.somaxconn=${n}, then restart`,
  },
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
