// Options that several commands have, spelled once.

export const JSON_OPTION = ['--json', 'print one JSON document and nothing else'] as const;
export const SOMAXCONN = ['--somaxconn <n>', "net.core.somaxconn of the server's namespace, when you know it"] as const;
export const LISTENER = ['--listener <which>', 'only this one: address:port, :port or its id'] as const;
export const WITH = [
  '--with <file...>',
  'snapshots taken around the one capture: ss -ltnpem, nstat -az, /proc/net/netstat, sysctl; what was before it first',
] as const;
export const DB = ['--db <file>', 'event store'] as const;
export const HTML = ['--html <file>', 'write the report as a page too: one file with charts, without network'] as const;
export const COMPARE_HTML = ['--html <file>', 'write the comparison as a page too: one file, without network'] as const;
export const COMPARE_MARKDOWN = [
  '--markdown <file>',
  'write it as Markdown too, for a pull request; - prints that and nothing else',
] as const;
export const REPLAY_HTML = [
  '--html <file>',
  "write the capture's report as a page, with overflows and waits over the backlog: one file, without network",
] as const;
