// Speed of the kernel model: connections (SYN, final ACK, accept(), reset, close()) per second on one core, and its memory over time.
import { Host } from '../../dist/core/kernel/host.js';
import { kernelProfile } from '../../dist/core/kernel/profile.js';
import * as sys from '../../dist/core/kernel/syscalls.js';

const LOOPBACK = 0x7f000001;
const PORT = 80;
const [SYN, RST, ACK] = [2, 4, 16];
const CLIENTS = 60_000;
const ROUND = 1_000_000;
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
  host.net.receive({ flags, saddr, sport, daddr: LOOPBACK, dport: PORT, seq, ack, length: 0 });

function connect(number) {
  host.advance(host.now + 1_000);
  const saddr = 0x0a000000 + (number % CLIENTS);
  const sport = 1024 + (Math.floor(number / CLIENTS) % 60_000);
  send(SYN, saddr, sport, number, 0);
  send(ACK, saddr, sport, number + 1, (sequence + 1) >>> 0);
  const fd = sys.accept4(task, listener, 0);
  send(RST, saddr, sport, number + 1, 0);
  sys.close(task, fd);
  return fd >= 0;
}

let number = 0;
let memory = 0;
for (let round = 0; round < ROUNDS; round++) {
  const started = process.hrtime.bigint();
  let accepted = 0;
  for (let left = ROUND; left > 0; left--) accepted += connect(number++) ? 1 : 0;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const resident = process.memoryUsage().rss / 2 ** 20;
  const change = round === 0 ? '' : `, ${((resident / memory) * 100).toFixed(0)} % of the first round's`;
  if (round === 0) memory = resident;
  console.log(
    `kernel model: ${(accepted / seconds / 1e6).toFixed(2)} million connections/s; ${resident.toFixed(0)} MiB resident${change}`,
  );
}
