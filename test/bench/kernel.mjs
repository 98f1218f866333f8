// Speed of the kernel model: connections (SYN, final ACK, accept()) per second on one core, and its memory over time.
import { Host } from '../../dist/core/kernel/host.js';
import { kernelProfile } from '../../dist/core/kernel/profile.js';
import * as sys from '../../dist/core/kernel/syscalls.js';

const LOOPBACK = 0x7f000001;
const PORT = 80;
const [SYN, RST, ACK] = [2, 4, 16];
const CLIENTS = 60_000;
const ROUND = 1_000_000;
const BATCH = 100;
const ROUNDS = 5;

const host = new Host({ profile: kernelProfile('6.18') });
const task = host.spawn();
const listener = sys.socket(task, 2, 1 | 0o4000, 0);
sys.bind(task, listener, { family: 2, addr: LOOPBACK, port: PORT, length: 16 });
sys.listen(task, listener, 128);
let sequence = 0;
host.net.onWire = (segment) => {
  if (segment.flags === (SYN | ACK)) sequence = segment.seq;
};

const send = (flags, saddr, sport, seq, ack) =>
  host.net.receive({ flags, saddr, sport, daddr: LOOPBACK, dport: PORT, seq, ack, length: 0, fastopen: null });

/** Number of the connection → its client's address and port: none comes back before it is long gone. */
const addressOf = (number) => 0x0a000000 + (number % CLIENTS);
const portOf = (number) => 1024 + (Math.floor(number / CLIENTS) % 60_000);

/** What is measured: the SYN, the final ACK, accept(). @returns the descriptor. */
function connect(number) {
  host.advance(host.now + 1_000);
  send(SYN, addressOf(number), portOf(number), number, 0);
  send(ACK, addressOf(number), portOf(number), number + 1, (sequence + 1) >>> 0);
  return sys.accept4(task, listener, 0);
}

/** The end of a connection, so that memory stays flat: the peer's reset, close(). */
function end(number, fd) {
  send(RST, addressOf(number), portOf(number), number + 1, 0);
  sys.close(task, fd);
}

/** @returns nanoseconds for a batch, with and without the ends. */
function batch(first, fds) {
  const started = process.hrtime.bigint();
  for (let at = 0; at < BATCH; at++) fds[at] = connect(first + at);
  const accepted = process.hrtime.bigint();
  for (let at = 0; at < BATCH; at++) end(first + at, fds[at]);
  if (fds.some((fd) => fd < 0)) throw new Error('a connection was not accepted');
  return [Number(accepted - started), Number(process.hrtime.bigint() - started)];
}

const rate = (nanoseconds) => (ROUND / nanoseconds) * 1e3;
let number = 0;
let memory = 0;
const fds = new Array(BATCH).fill(-1);
for (let round = 0; round < ROUNDS; round++) {
  let [opening, whole] = [0, 0];
  for (let left = ROUND; left > 0; left -= BATCH) {
    const [opened, ended] = batch(number, fds);
    number += BATCH;
    opening += opened;
    whole += ended;
  }
  const resident = process.memoryUsage().rss / 2 ** 20;
  const change = round === 0 ? '' : `, ${((resident / memory) * 100).toFixed(0)} % of the first round's`;
  if (round === 0) memory = resident;
  console.log(
    `kernel model: ${rate(opening).toFixed(2)} million connections/s (SYN, ACK, accept), ${rate(whole).toFixed(2)} with reset and close; ${resident.toFixed(0)} MiB resident${change}`,
  );
}
