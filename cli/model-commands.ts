// The commands that ask the model of the kernel: validate, replay, and the workloads that go in and out.
import type { Command } from 'commander';
import type { Action } from './action.ts';
import { JSON_OPTION, LISTENER, REPLAY_HTML, SOMAXCONN, WITH } from './options.ts';

export function addModelCommands(program: Command, action: Action): void {
  program
    .command('validate')
    .description("hold a capture against the model of the kernel's listen/accept path; exit status 1 on a divergence")
    .argument('[capture...]', 'capture files; - for standard input; none with --db')
    .option('--db <file>', 'a store in place of captures, or the file to keep theirs in')
    .option('--capture <id>', 'only this capture of the store')
    .option('--kernel <release>', "ask another release's rules: would 5.10 have done this?")
    .option('--explain <n>', 'one divergence, step by step: what was recorded, and what the model had')
    .option(...WITH)
    .option('--verbose', 'every rule with its counts')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
What is recorded as going in (calls, arrivals, time) is played to the model, in an order that the kernel could have taken; what
came out (results, states, queue lengths, drops, retransmissions) is compared. What a capture cannot decide is counted with the
reason: acceptq probe bpftrace --tier full leaves the least.

Examples:
  acceptq validate capture.json
  acceptq validate perf.data --kernel 5.10
  acceptq validate perf.data --explain 1`,
    )
    .action(action(async () => (await import('./command/validate.ts')).validate));

  program
    .command('replay')
    .description('what if: replay a captured workload in the model under other settings, and say which one is right')
    .argument('[capture...]', 'captures, or one workload file; none with --db')
    .option('--db <file>', 'a store in place of captures')
    .option(...WITH)
    .option(...LISTENER)
    .option(...SOMAXCONN)
    .option('--clients <mode>', 'take the clients for open or closed, whatever they look like')
    .option('--clients-stop <time>', 'when the clients stop, if not when each got in or gave up')
    .option('--clients-speak <when>', 'first: as soon as they are connected (HTTP); later: after the server (SMTP)')
    .option('--backlog <range>', 'listen() backlogs to try: 64, or 16,64,256, or 16..4096')
    .option('--set-somaxconn <range>', 'net.core.somaxconn to try')
    .option('--acceptors <range>', 'how many tasks accept: 4, or 1..8')
    .option('--members <range>', 'how many listeners share the address by SO_REUSEPORT')
    .option('--syncookies <n>', 'net.ipv4.tcp_syncookies')
    .option('--abort-on-overflow <n>', 'net.ipv4.tcp_abort_on_overflow')
    .option('--synack-retries <n>', 'net.ipv4.tcp_synack_retries')
    .option('--service-scale <factor>', 'factor on the time that a connection keeps its acceptor busy')
    .option('--rate <factor>', 'factor on how often clients come: 2x')
    .option('--no-stalls', 'without the stalls that were recorded')
    .option('--stall <stall...>', 'one more: how long @ when, as 300ms@1.2s')
    .option('--kernel <release>', "another release's rules")
    .option('--target <conditions>', 'what must be reached', 'overflows=0')
    .option('--resamples <n>', 'days drawn from the arrivals, to say how sure it is; 0 for none', '50')
    .option('--fail-on <conditions>', 'exit status 1 when a setting tried has this')
    .option(...REPLAY_HTML)
    .option('--live', 'on the running kernel, in a network namespace of its own, in place of the model alone')
    .option('--speed <factor>', 'live: faster than recorded, 0.1 to 100')
    .option('--for <time>', 'live: end each replay after so long, whoever still waits')
    .option('--capture <file>', "live: record the replay by acceptq's own bpftrace program (root)")
    .option('--calls', 'live: the recorded socket calls of one task one by one, results compared')
    .option('--task <tid>', 'live: whose calls')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
First the settings of the capture are replayed and held against it: how well they fit is printed before any what-if.
--live opens real sockets, as root or in a user namespace; it needs Linux and koffi, and sends nothing beyond loopback.

Examples:
  acceptq replay perf.data
  acceptq replay perf.data --backlog 16..4096 --acceptors 1..4 --target 'overflows=0,wait_p99<5ms'
  acceptq replay perf.data --no-stalls --backlog 128 --json
  acceptq replay perf.data --backlog 16..4096 --html what-if.html
  acceptq replay perf.data --live --backlog 128,511
  acceptq replay perf.data --live --calls --task 4711`,
    )
    .action(action(async () => (await import('./command/replay.ts')).replay));

  program
    .command('export')
    .description('write what was recorded in a form that other programs, or acceptq replay, read')
    .argument('[capture...]', 'captures; none with --db')
    .requiredOption(
      '--to <format>',
      'workload: who came when and how it was served, for acceptq replay anywhere; csv; openmetrics; markdown: for a ticket; perfetto: a timeline; parquet',
    )
    .option('--db <file>', 'a store in place of captures')
    .option(...WITH)
    .option(...LISTENER)
    .option(...SOMAXCONN)
    .option('--capture <id>', 'of perfetto: which capture of a store')
    .option('--view <name>', 'of csv: only this one, to standard output: waits, depth, overflows, ...')
    .option('--clients <mode>', 'of workload: take the clients for open or closed')
    .option('--anonymize', 'of workload: without hash, addresses and names')
    .option('-o, --out <path>', 'into this file, or directory for csv and parquet, not to standard output')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  acceptq export perf.data --to workload --anonymize --out day.json
  acceptq export --db host.db --to csv --out tables
  acceptq export perf.data --to csv --view waits > waits.csv
  acceptq export perf.data --to openmetrics | diff before.prom -
  acceptq export perf.data --to markdown > ticket.md
  acceptq export perf.data --to perfetto --out trace.pftrace
  acceptq export --db host.db --to parquet --out lake`,
    )
    .action(action(async () => (await import('./command/export.ts')).exportTo));

  program
    .command('workload')
    .description('make a workload by hand: poisson, burst or diurnal')
    .argument('<kind>', 'poisson, burst or diurnal')
    .option('--rate <n>', 'clients a second, on average', '100')
    .option('--seconds <n>', 'how long', '10')
    .option('--burst <n>', 'of bursts: how many at once', '100')
    .option('--every <time>', 'of bursts: how far apart', '1s')
    .option('--service <time>', 'how long a connection keeps its acceptor busy, on average', '1ms')
    .option('--fixed', 'each exactly so long')
    .option('--acceptors <n>', 'how many tasks accept', '1')
    .option('--backlog <n>', 'given to listen()', '128')
    .option('--kernel <release>', 'whose rules hold')
    .option('--seed <n>', 'same seed, same workload', '1')
    .option('-o, --out <file>', 'into this file, not to standard output')
    .option(...JSON_OPTION)
    .action(action(async () => (await import('./command/workload.ts')).workload));
}
