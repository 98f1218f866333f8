// Shell lines that record with perf, trace-cmd or tracefs alone, ready to be run as root on the server.
import { isSince, type KitOptions } from './options.ts';
import { portFilter, tracepointsOf, WITH_PORTS } from './tracepoints.ts';

const until = ({ seconds }: KitOptions): string => (seconds === null ? 'sleep infinity' : `sleep ${seconds}`);
const stop = ({ seconds }: KitOptions): string =>
  seconds === null ? 'Stop it with Ctrl-C.' : `It stops by itself after ${seconds} s.`;

/** perf gives arrivals the kernel's addresses and knows processes: the best of the three. */
export function perfRecipe(options: KitOptions): string {
  const events = tracepointsOf(options);
  const filtered = options.port === null ? [] : events.filter((event) => WITH_PORTS.includes(event));
  const plain = events.filter((event) => !filtered.includes(event));
  const lines = [
    `-e '${plain.join(',')}'`,
    ...filtered.map((event) => `-e ${event} --filter '${portFilter(event, options.port as number)}'`),
  ];
  return [
    '#!/bin/sh',
    `# As root. ${stop(options)} Then: acceptq analyze perf.data`,
    `exec perf record -a -m 4096 -k mono -o perf.data \\\n  ${lines.join(' \\\n  ')} \\\n  -- ${until(options)}`,
    '',
  ].join('\n');
}

export function traceCmdRecipe(options: KitOptions): string {
  const events = tracepointsOf(options).map((event) => {
    const filter = options.port === null ? null : portFilter(event, options.port);
    return `-e ${event}${filter === null ? '' : ` -f '${filter}'`}`;
  });
  return [
    '#!/bin/sh',
    `# As root. ${stop(options)} Then: acceptq analyze trace.dat`,
    `exec trace-cmd record -o trace.dat -C mono -b 8192 \\\n  ${events.join(' \\\n  ')} \\\n  ${until(options)}`,
    '',
  ].join('\n');
}

/** Nothing but a shell: an instance of its own, so that no other tracing on the host is disturbed. */
export function ftraceRecipe(options: KitOptions): string {
  const enable = tracepointsOf(options).flatMap((event) => {
    const path = `events/${event.replace(':', '/')}`;
    const filter = options.port === null ? null : portFilter(event, options.port);
    return [...(filter === null ? [] : [`echo '${filter}' > ${path}/filter`]), `echo 1 > ${path}/enable`];
  });
  return [
    '#!/bin/sh',
    `# As root. ${stop(options)} Then: acceptq analyze trace.txt`,
    'set -eu',
    'T=/sys/kernel/tracing',
    '[ -d $T/instances ] || T=/sys/kernel/debug/tracing',
    '[ -d $T/instances ] || { mount -t tracefs none /sys/kernel/tracing && T=/sys/kernel/tracing; }',
    'here=$(pwd)',
    'mkdir $T/instances/acceptq',
    'cd $T/instances/acceptq',
    // shared with the top: processes beside threads in every line
    'tgid=$(cat $T/options/record-tgid 2>/dev/null || echo 0)',
    'finish() {',
    '  trap - EXIT INT TERM',
    '  echo 0 > tracing_on',
    '  cp trace "$here/trace.txt"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell expands it
    '  for cpu in per_cpu/cpu*; do echo "# acceptq ${cpu#per_cpu/} $(tr "\\n" " " < $cpu/stats)"; done >> "$here/trace.txt"',
    '  [ "$tgid" = 1 ] || echo 0 > $T/options/record-tgid 2>/dev/null || :',
    '  cd "$here"',
    '  rmdir $T/instances/acceptq',
    '}',
    'trap finish EXIT INT TERM',
    'echo 1 > $T/options/record-tgid 2>/dev/null || :',
    'echo mono > trace_clock',
    'echo 16384 > buffer_size_kb',
    ...enable,
    ...(isSince(options, 3, 10) ? ['echo "trace_event_clock_sync: realtime_ts=$(date +%s%3N)" > trace_marker'] : []),
    `${until(options)} || :`,
    '',
  ].join('\n');
}
