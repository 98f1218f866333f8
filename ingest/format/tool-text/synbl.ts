// tcpsynbl, whose "SYN backlog" is the accept queue: it reads sk_ack_backlog in tcp_v4_syn_recv_sock, where the final ACK of a handshake
// has come. Its histograms count those ACKs by the queue's length; what it calls "dropping a SYN" is such an ACK, dropped for a full queue.
import { eventCode } from '../../../core/event/event-type.ts';
import type { Outcome, TextContext } from '../../probe/text-context.ts';

const COUNTER = eventCode('counter');
export const BANNER = /^Tracing SYN backlog size\. (?:Hit )?Ctrl-C to end\./;
const DROPPING = /^\d\d:\d\d:\d\d dropping a SYN\.$/;
/** bcc, libbpf-tools: `backlog_max = 500L`; bpftrace: `@backlog[500]: `. */
const LIMIT = /^(?:backlog_max = (\d{1,10})L?|@backlog\[(\d{1,10})\]:) ?$/;
const COLUMNS = /^ +backlog +: count +distribution$/;
/** `         0 -> 1          : 961      |****|` */
const ARROW_ROW = /^ *(\d{1,20}) -> (\d{1,20}) *: (\d{1,15}) +\|.*\|$/;
/** `[0]  3 |@@|`, `[4, 8)  2 |@|`, `[16K, 32K)  1 |@|` */
const BRACKET_ROW = /^\[(\d{1,4})([KMGT]?)(?:, (\d{1,4})([KMGT]?)\)|\]) +(\d{1,15}) \|.*\|$/;
const UNITS = ['', 'K', 'M', 'G', 'T'];
const LONGEST = 200;

const sized = (digits: string, unit: string): number => Number(digits) * 1024 ** UNITS.indexOf(unit);

export class SynblLines {
  private readonly context: TextContext;
  private limit: string | null = null;
  /** Counts by limit and range; they are written when the text is over, because bpftrace prints a map again as it grows. */
  private readonly counts = new Map<string, number>();
  /** bpftrace prints all that it has counted, the others what they have counted since the last time. */
  private isCumulative = false;

  constructor(context: TextContext) {
    this.context = context;
  }

  read(line: string): Outcome {
    if (line.length > LONGEST) return null;
    if (DROPPING.test(line)) {
      this.counter('tcpsynbl.dropped', 1);
      return undefined;
    }
    const limit = LIMIT.exec(line);
    if (limit !== null) {
      this.limit = limit[1] ?? limit[2];
      this.isCumulative = limit[2] !== undefined;
      return undefined;
    }
    if (COLUMNS.test(line)) return undefined;
    const arrow = ARROW_ROW.exec(line);
    if (arrow !== null) return this.count(Number(arrow[1]), Number(arrow[2]), Number(arrow[3]));
    const bracket = BRACKET_ROW.exec(line);
    if (bracket === null) return null;
    const [, low, lowUnit, high, highUnit, count] = bracket;
    const from = sized(low, lowUnit);
    return this.count(from, high === undefined ? from : sized(high, highUnit) - 1, Number(count));
  }

  /** The same as `bpftrace -f json` prints it: {"type": "hist", "data": {"@backlog": {"500": [{"min": 0, "max": 0, "count": 3}]}}}. */
  readJson(line: string): Outcome {
    let histograms: unknown;
    try {
      histograms = (JSON.parse(line) as { data?: Record<string, unknown> }).data?.['@backlog'];
    } catch {
      return 'an object of bpftrace that is not whole';
    }
    if (typeof histograms !== 'object' || histograms === null) return null;
    this.isCumulative = true;
    for (const [limit, rows] of Object.entries(histograms)) {
      if (!/^\d{1,10}$/.test(limit) || !Array.isArray(rows)) continue;
      this.limit = limit;
      for (const row of rows as { min?: unknown; max?: unknown; count?: unknown }[]) {
        const { min = 0, max = min, count } = row ?? {};
        if (typeof min === 'number' && typeof max === 'number' && typeof count === 'number')
          this.count(min, max, count);
      }
    }
    return undefined;
  }

  finish(): void {
    for (const [name, count] of this.counts) this.counter(name, count);
    this.counts.clear();
  }

  private count(low: number, high: number, count: number): Outcome {
    if (this.limit === null) return 'a row of a histogram without its limit';
    if (count === 0 || !Number.isSafeInteger(count)) return undefined;
    const name = `tcpsynbl.backlog[${this.limit}] ${low}..${high}`;
    this.counts.set(name, this.isCumulative ? count : (this.counts.get(name) ?? 0) + count);
    return undefined;
  }

  private counter(name: string, value: number): void {
    const { context } = this;
    context.reset();
    context.at = context.clock.untimed();
    const row = context.push(COUNTER);
    const { args } = context.rows;
    args[0][row] = context.dictionaries.strings.intern(name);
    args[1][row] = value;
    args[2][row] = 0;
  }
}
