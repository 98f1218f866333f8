// Records a live replay with acceptq's own bpftrace program, so that it comes back as a capture that every other command reads.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, existsSync, fstatSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bpftraceProgram } from '../../ingest/probe/kit/bpftrace-program.ts';
import { LISTENER_PORT } from '../../replay/live/socket-address.ts';
import { UsageError } from '../result.ts';

const KPROBES = ['/sys/kernel/tracing/kprobe_events', '/sys/kernel/debug/tracing/kprobe_events'];
const PATIENCE_MS = 60_000;
const LOOK_MS = 100;
/** No further probe was attached for so long: all are. */
const QUIET_LOOKS = 5;
/** Events that are still in its buffers come out meanwhile. */
const LAST_EVENTS_MS = 300;

export class LiveCapture {
  readonly #fd: number;
  readonly #file: string;
  #bpftrace: ChildProcess | null = null;
  #complaint = '';

  /**
   * @param file is made when the replay is over; until then nothing has a name that could stay behind.
   * @throws UsageError when this user or machine cannot record.
   */
  constructor(file: string) {
    if (process.getuid?.() !== 0) throw new UsageError('--capture records with bpftrace, which only root may');
    if (spawnSync('bpftrace', ['--version']).error !== undefined)
      throw new UsageError('--capture records with bpftrace, which is not installed');
    if (existsSync(file)) throw new UsageError(`--capture does not write over ${file}, which is there`);
    this.#file = file;
    const hidden = join(tmpdir(), `acceptq-live-${process.pid}.json`);
    this.#fd = openSync(hidden, 'wx+', 0o600);
    unlinkSync(hidden);
  }

  /** Begins to record what this process does, and waits until all probes are there. */
  async begin(pid: number): Promise<void> {
    const [major, minor] = release().split('.').map(Number);
    const btf = existsSync('/sys/kernel/btf/vmlinux');
    const program = bpftraceProgram({
      // each decision, where the kernel has kprobes to see it by
      tier: btf && KPROBES.some((file) => existsSync(file)) ? 'full' : 'standard',
      kernel: [major, minor],
      port: LISTENER_PORT,
      pid,
      btf,
      seconds: null,
    });
    const command = ['bpftrace', '-f', 'json', '-e', program];
    // ends with this process even when that is killed
    const tied = spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;
    const words = tied ? ['setpriv', '--pdeathsig', 'TERM', ...command] : command;
    this.#bpftrace = spawn(words[0], words.slice(1), {
      stdio: ['ignore', this.#fd, 'pipe'],
      detached: true,
      env: { ...process.env, BPFTRACE_PERF_RB_PAGES: '2048' },
    });
    this.#bpftrace.stderr?.on('data', (bytes: Buffer) => {
      this.#complaint = (this.#complaint + bytes.toString()).slice(-1000);
    });
    await this.#attached(this.#bpftrace);
  }

  async #attached({ pid }: ChildProcess): Promise<void> {
    let before = -1;
    let quiet = 0;
    for (let waited = 0; waited < PATIENCE_MS && this.#runs; waited += LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (!this.#begun()) continue;
      const open = this.#runs ? readdirSync(`/proc/${pid}/fd`).length : -1;
      quiet = open === before ? quiet + 1 : 0;
      before = open;
      if (quiet === QUIET_LOOKS) return;
    }
    const [why = 'it said nothing'] = this.#complaint.split('\n').filter((line) => line.startsWith('ERROR'));
    throw new UsageError(`bpftrace did not begin to record: ${why}`);
  }

  get #runs(): boolean {
    return this.#bpftrace !== null && this.#bpftrace.exitCode === null && this.#bpftrace.signalCode === null;
  }

  #begun(): boolean {
    const head = Buffer.alloc(8192);
    return head.subarray(0, readSync(this.#fd, head, 0, head.length, 0)).includes('aq 1 ');
  }

  /** Stops and, if `keep`, leaves the capture in its file. @returns its size, bytes; 0 if it was not kept. */
  async end(keep: boolean): Promise<number> {
    try {
      if (keep) await new Promise((resolve) => setTimeout(resolve, LAST_EVENTS_MS));
      if (this.#runs && this.#bpftrace !== null) {
        const gone = once(this.#bpftrace, 'exit');
        this.#bpftrace.kill(keep ? 'SIGINT' : 'SIGKILL');
        await gone;
      }
      if (!keep) return 0;
      copyFileSync(`/proc/self/fd/${this.#fd}`, this.#file);
      return fstatSync(this.#fd).size;
    } finally {
      closeSync(this.#fd);
    }
  }
}
