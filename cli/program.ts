// The command line's words: every command with its arguments, options and help. Each loads its own code when it runs, so that --help is quick.
import { Command } from 'commander';
import { action } from './action.ts';
import { addCompareCommand } from './compare-command.ts';
import { addModelCommands } from './model-commands.ts';
import { DB, HTML, JSON_OPTION, LISTENER, SOMAXCONN, WITH } from './options.ts';
import { version } from './version.ts';

export const program = new Command('acceptq');

program
  .description(
    'Which listener overflowed, when, why, how long clients waited, and what to change: from a trace file, offline.',
  )
  .version(version())
  .showHelpAfterError('(acceptq --help shows the commands)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  acceptq analyze perf.data                  the report
  acceptq analyze perf.data --json | jq .findings
  acceptq analyze perf.data --html report.html   the same as a page with charts
  acceptq analyze perf.data --with before.txt --with after.txt
  acceptq ingest perf.data --db host.db      keep the events, then: acceptq events --db host.db --type sys_enter_listen

Exit status: 0 done, 1 verify found damage, validate a divergence, or a gate failed, 2 wrong usage, 3 input unreadable,
70 a fault of acceptq itself, 130 or 143 a stream stopped by a signal.`,
  );

program
  .command('analyze')
  .description('read captures and report on them (the main job)')
  .argument('<capture...>', 'capture files; - for standard input')
  .option('--db <file>', 'keep the event store in this file')
  .option(...WITH)
  .option(...LISTENER)
  .option(...SOMAXCONN)
  .option('--verbose', 'every finding with its evidence')
  .option(...HTML)
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/analyze.ts')).analyze));

program
  .command('ingest')
  .description('append captures to an event store; one that is there already is skipped')
  .argument('<capture...>', 'capture files; - for standard input, which is stored while it comes')
  .requiredOption(...DB)
  .option(...WITH)
  .option('--wait <seconds>', 'for another process that writes to the store; without it as long as that takes')
  .option('--no-wait', 'do not wait for another process that writes to the store')
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/ingest.ts')).ingest));

program
  .command('report')
  .description('report on an event store')
  .requiredOption(...DB)
  .option(...LISTENER)
  .option(...SOMAXCONN)
  .option('--verbose', 'every finding with its evidence')
  .option(...HTML)
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/report.ts')).report));

program
  .command('captures')
  .description('list the captures of a store')
  .requiredOption(...DB)
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/captures.ts')).captures));

program
  .command('listeners')
  .description('list the listeners of a store')
  .requiredOption(...DB)
  .option(...LISTENER)
  .option(...SOMAXCONN)
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/listeners.ts')).listeners));

program
  .command('state')
  .description('sockets, queue contents, acceptors and fd tables at one instant')
  .argument('[what]', 'a store, or a capture')
  .option('--db <file>', 'event store, in place of an argument')
  .option(
    '--at <instant>',
    "seconds since the capture's start (1.25, 250ms), its own clock (@2669.047), UTC (2026-11-27T10:00:00Z) or an event (#4711); without it the end",
  )
  .option('--capture <id>', 'which capture of the store')
  .option(...LISTENER)
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/state.ts')).state));

program
  .command('events')
  .description('print events in log order')
  .requiredOption(...DB)
  .option('--stream <name>', 'only this stream, e.g. task-1-4711')
  .option('--type <name>', 'only this type, e.g. sys_enter_listen')
  .option('--capture <id>', 'only this capture')
  .option('--from <time>', 'from this time on: seconds, or with a unit (250ms)')
  .option('--to <time>', 'up to this time')
  .option('--limit <n>', 'at most so many')
  .option('--follow', 'go on with events as another process commits them, until its capture ends or Ctrl-C')
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/events.ts')).events));

program
  .command('sql')
  .description('run one read-only SQL query on a store; its views (v_listeners, v_waits, ...) are there for it')
  .argument('[query]', 'one SELECT; - reads it from standard input')
  .requiredOption(...DB)
  .option('--format <format>', 'table, csv or json (default: table)')
  .option('--schema [name]', 'in place of a query: what the views and tables are, or all of one of them')
  .option(...JSON_OPTION)
  .addHelpText(
    'after',
    `
A table takes the widths of its columns from the first 1000 rows and cuts nothing; NULL is NULL. CSV is RFC 4180: CRLF, a
head line; NULL is an empty field, an empty text is "". JSON is { schema, columns, rows }, rows as arrays: integers beyond
2^53 are strings. BLOBs are hexadecimal.

Examples:
  acceptq sql --db host.db --schema v_waits
  acceptq sql --db host.db 'SELECT address, enqueued, depth_max FROM v_listeners'
  acceptq sql --db host.db --format csv 'SELECT at_ns, depth FROM v_depth WHERE listener = 1' > depth.csv`,
  )
  .action(action(async () => (await import('./command/sql.ts')).sql));

addModelCommands(program, action);
addCompareCommand(program, action);

program
  .command('explain')
  .description(
    'what a finding means, how it is recognised, what to do and what that costs; without a name, all of them',
  )
  .argument('[finding]', 'its id, e.g. backlog-clamped')
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/explain.ts')).explain));

program
  .command('probe')
  .description('print what records a capture, ready to run: bpftrace, perf, trace-cmd or ftrace')
  .argument('<tool>', 'bpftrace, perf, trace-cmd or ftrace')
  .option(
    '--tier <tier>',
    'light: listeners, arrivals, acceptors; standard: clients on the host too; full: each decision',
    'standard',
  )
  .option('--kernel <release>', 'for a server with this kernel, e.g. 5.10; without it the newest')
  .option('--port <n>', 'only listeners on this port')
  .option('--pid <n>', 'only system calls of this process (bpftrace)')
  .option('--no-btf', 'for a server without /sys/kernel/btf/vmlinux (bpftrace)')
  .option('--seconds <n>', 'stop after so long')
  .addHelpText(
    'after',
    `
Examples:
  acceptq probe bpftrace --seconds 10 > acceptq.bt && bpftrace -f json acceptq.bt > capture.json
  acceptq probe perf --port 443 --seconds 10 | sh`,
  )
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/probe.ts')).probe));

program
  .command('rebuild')
  .description('drop every projection and rebuild it from the log')
  .requiredOption(...DB)
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/rebuild.ts')).rebuild));

program
  .command('verify')
  .description('prove that the log is whole; exit status 1 and the first damaged places when it is not')
  .requiredOption(...DB)
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/verify.ts')).verify));

program
  .command('drop')
  .description('take one capture out of a store; the log says that it was there')
  .requiredOption(...DB)
  .requiredOption('--capture <id>', 'which')
  .option('--reason <text>', 'why, for the log')
  .option('--no-vacuum', 'leave its space in the file, for what comes next')
  .option(...JSON_OPTION)
  .action(action(async () => (await import('./command/drop.ts')).drop));
