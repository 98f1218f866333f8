// The words of acceptq compare.
import type { Command } from 'commander';
import type { Action } from './action.ts';
import { COMPARE_HTML, COMPARE_MARKDOWN, JSON_OPTION, LISTENER } from './options.ts';

export function addCompareCommand(program: Command, action: Action): void {
  program
    .command('compare')
    .description('two recordings of a service: what changed, and whether it is more than noise')
    .argument('<before>', 'a capture or a store')
    .argument('<after>', 'a capture or a store')
    .option(...LISTENER)
    .option('--fail-on <conditions>', 'exit status 1 when a listener after has one of these: a gate for load tests')
    .option('--beyond-noise', 'growth (+20%) fails the gate only where it is more than noise')
    .option(...COMPARE_HTML)
    .option(...COMPARE_MARKDOWN)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
Listeners are matched by address and port, or path; else by port; else the one by the one. Waits are compared by a bootstrap of blocks of successive waits,
counts by Poisson's law, made wider where they come in bursts. This is the noise within a recording: two runs of a load may differ by
more, so record each side twice when it matters. A figure that is not known fails the gate.

Conditions: overflows, syn_retransmits, enqueued, accepted, depth_max, wait_p50 to wait_p999, wait_max, at_capacity, longest_pause;
held against a number (overflows>0, wait_p99>5ms) or against before (wait_p99>+20%, depth_max>+10, accepted<-5%).

Examples:
  acceptq compare before.data after.data
  acceptq compare before.data after.data --html compare.html
  acceptq compare main.db branch.db --listener :443 --fail-on 'overflows>0,wait_p99>+20%'`,
    )
    .action(action(async () => (await import('./command/compare.ts')).compareCaptures));
}
