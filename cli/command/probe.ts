// acceptq probe: prints the capture program or command for a tool, ready to run.
import { bpftraceProgram } from '../../ingest/probe/kit/bpftrace-program.ts';
import { type KitOptions, TIERS, type Tier } from '../../ingest/probe/kit/options.ts';
import { ftraceRecipe, perfRecipe, traceCmdRecipe } from '../../ingest/probe/kit/recipes.ts';
import { type CommandResult, UsageError } from '../result.ts';

const TOOLS: Readonly<Record<string, (options: KitOptions) => string>> = {
  bpftrace: bpftraceProgram,
  perf: perfRecipe,
  'trace-cmd': traceCmdRecipe,
  ftrace: ftraceRecipe,
};

interface ProbeFlags {
  readonly tier: string;
  readonly kernel?: string;
  readonly port?: string;
  readonly pid?: string;
  readonly seconds?: string;
  /** False for --no-btf. */
  readonly btf: boolean;
}

function whole(name: string, text: string | undefined, most: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new UsageError(`--${name} takes a number from 1 to ${most}, not ${text}`);
  return value;
}

function kernelOf(text: string | undefined): KitOptions['kernel'] {
  if (text === undefined) return null;
  const match = /^(\d{1,2})\.(\d{1,3})(?:\D.*)?$/.exec(text);
  if (match === null) throw new UsageError(`--kernel takes a release such as 5.10, not ${text}`);
  const release = [Number(match[1]), Number(match[2])] as const;
  if (release[0] < 4 || (release[0] === 4 && release[1] < 16))
    throw new UsageError(
      `Linux ${text} has no sock:inet_sock_set_state (4.16 has): strace -f -ttt -yy is what is left there`,
    );
  return release;
}

export function probe(tool: string, flags: ProbeFlags): CommandResult {
  const print = Object.hasOwn(TOOLS, tool) ? TOOLS[tool] : undefined;
  if (print === undefined) throw new UsageError(`probe knows ${Object.keys(TOOLS).join(', ')}, not ${tool}`);
  if (!TIERS.includes(flags.tier as Tier))
    throw new UsageError(`--tier is one of ${TIERS.join(', ')}, not ${flags.tier}`);
  const pid = whole('pid', flags.pid, 4_194_304);
  if (pid !== null && tool !== 'bpftrace') {
    throw new UsageError(
      `${tool} cannot record one process without losing arrivals, which come in softirq in any task; use --port, or bpftrace`,
    );
  }
  if (!flags.btf && tool !== 'bpftrace') throw new UsageError(`--no-btf is for bpftrace; ${tool} needs no BTF`);
  if (!flags.btf && flags.tier === 'full') {
    throw new UsageError(
      '--tier full reads fields of struct sock at each decision, and a kernel without BTF does not tell where they are: use --tier standard',
    );
  }
  const options: KitOptions = {
    tier: flags.tier as Tier,
    kernel: kernelOf(flags.kernel),
    port: whole('port', flags.port, 65535),
    pid,
    btf: flags.btf,
    seconds: whole('seconds', flags.seconds, 31_536_000),
  };
  const text = print(options);
  return {
    exit: 0,
    json: { schema: 'acceptq.probe/1', tool, ...options, text },
    *text() {
      yield text.trimEnd();
    },
  };
}
