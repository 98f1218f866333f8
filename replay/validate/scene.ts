// What a validation knows at an instant, shared by those who follow calls, sockets and readings; and the one place where checks are judged.

import type { Endpoint } from '../../core/event/dictionary.ts';
import { type Addr, ANY6, LOOPBACK4, LOOPBACK6 } from '../../core/kernel/address.ts';
import type { OpenFile } from '../../core/kernel/files.ts';
import type { KernelProfile } from '../../core/kernel/profile.ts';
import type { Sock } from '../../core/kernel/sock.ts';
import type { Socket } from '../../core/kernel/socket.ts';
import { defaultSysctls } from '../../core/kernel/sysctl.ts';
import { QueueModel } from './depth.ts';
import { ModelWorld } from './model-world.ts';
import { Processes } from './processes.ts';
import type { RuleId } from './rules.ts';
import type { SeenListener } from './seen-listener.ts';
import { Somaxconn } from './somaxconn.ts';
import { type Divergence, type Reason, Tally } from './tally.ts';

/** What a capture can show, and how to spell its interned ids out. */
export interface SceneOptions {
  readonly profile: KernelProfile;
  readonly hasState: boolean;
  /** Arrivals name their listener's address. */
  readonly hasDataReady: boolean;
  /** Socket events carry the kernel's addresses. */
  readonly pointers: boolean;
  /** Only what some tasks did was recorded, and what interrupts did while those ran. */
  readonly perTask: boolean;
  /** close() is traced: a descriptor stays what it was. */
  readonly seesClose: boolean;
  /** The release is known, not taken for the newest. */
  readonly releaseKnown: boolean;
  /** Every SYN and final ACK that was refused is told. */
  readonly seesDecisions: boolean;
  readonly endpoint: (id: number) => Endpoint;
  readonly string: (id: number) => string;
}

/** A difference: which rule, what it says, what was recorded, what may explain it; the event looked at, where no other place is given. */
export type Finding = [
  rule: RuleId,
  expected: string,
  observed: string,
  explanation: string,
  listener: SeenListener | null,
  place?: { readonly position: number; readonly at: number; readonly tid: number },
];

/** A step of a listener's account, for --explain. */
export interface Step {
  readonly position: number;
  readonly at: number;
  readonly listener: string;
  readonly what: string;
  /** The model's queue after it: its length, how many accepts under way may have shortened it, its limit. */
  readonly depth: number;
  readonly mayHaveTaken: number;
  readonly limit: number | null;
  readonly known: boolean;
}

/** Rules about more than one task or CPU. */
const NEEDS_ALL: ReadonlySet<RuleId> = new Set([
  'accept_take',
  'accept_empty',
  'accept_fifo',
  'acceptq_full',
  'acceptq_drop',
  'depth',
  'data_ready',
  'listen_stop',
  'state_edge',
]);
/** Rules that an accept() on another descriptor of the listener would explain. */
const MISSES_ACCEPTS: ReadonlySet<RuleId> = new Set([
  'accept_empty',
  'accept_fifo',
  'acceptq_full',
  'depth',
  'listen_stop',
]);
/** Rules about what a descriptor is. */
const BY_DESCRIPTOR: ReadonlySet<RuleId> = new Set([
  'sys_listen',
  'sys_accept',
  'sys_bind',
  'sys_other',
  'sys_connect',
]);
/** Rules that releases have otherwise. */
const BY_RELEASE: ReadonlySet<RuleId> = new Set(['child_tuple', 'syn_timer', 'synq_drop', 'sys_listen', 'sys_accept']);
const NONE: readonly SeenListener[] = [];
const V4 = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/;

export class Scene {
  readonly options: SceneOptions;
  readonly profile: KernelProfile;
  readonly tally = new Tally();
  readonly processes = new Processes();
  readonly somaxconn: Somaxconn;
  readonly listeners: SeenListener[] = [];
  readonly bySk = new Map<number, SeenListener>();
  readonly #byPort = new Map<number, SeenListener[]>();
  /** Told of every step where someone asks for them. */
  onStep: ((step: Step) => void) | null = null;
  /** The event that is looked at. */
  position = 0;
  at = 0;
  event = '';
  tid = -1;
  cpu = -1;
  /** Events are being lost: nothing can be decided. */
  blind = false;
  /** Changes of state without all their arguments were seen: arrivals may be among them. */
  incomplete = false;
  /** Connections that were accepted on descriptors whose listener is not known. */
  unattached = 0;
  #world: ModelWorld;
  readonly #addrs: Addr[] = [];
  readonly #v6 = new Map<string, Addr>([
    ['::', ANY6],
    ['::1', ANY6 + 1],
  ]);

  constructor(options: SceneOptions) {
    this.options = options;
    this.profile = options.profile;
    this.somaxconn = new Somaxconn(defaultSysctls(options.profile).somaxconn);
    this.#world = new ModelWorld(options.profile);
  }

  /** The host in the model that all listeners share until two of them cannot. */
  get world(): ModelWorld {
    return this.#world;
  }

  /** Another network namespace: a host of its own. */
  otherWorld(): ModelWorld {
    return new ModelWorld(this.profile);
  }

  /** The model's address of an endpoint. */
  addr(endpoint: number): Addr {
    let addr = this.#addrs[endpoint];
    if (addr === undefined) {
      const { address } = this.options.endpoint(endpoint);
      const v4 = V4.exec(address);
      if (v4 !== null) addr = ((Number(v4[1]) * 256 + Number(v4[2])) * 256 + Number(v4[3])) * 256 + Number(v4[4]);
      else {
        addr = this.#v6.get(address) ?? ANY6 + 0x100000 + this.#v6.size;
        this.#v6.set(address, addr);
      }
      this.#addrs[endpoint] = addr;
    }
    return addr;
  }

  nameOf(endpoint: number): string {
    if (Number.isNaN(endpoint)) return '?';
    const { family, address, port } = this.options.endpoint(endpoint);
    return family === 10 ? `[${address}]:${port}` : `${address}:${port}`;
  }

  addListener(fields: {
    sk: number;
    world: ModelWorld;
    file: OpenFile;
    local: number;
    requested: number | null;
    limitKnown: boolean;
    known: boolean;
  }): SeenListener {
    const { sk, world, file, local, requested, limitKnown, known } = fields;
    const own = (file.socket as Socket).sk as Sock;
    const addr = own.rcvSaddr === 0 ? LOOPBACK4 : own.rcvSaddr === ANY6 ? LOOPBACK6 : own.rcvSaddr;
    const listener: SeenListener = {
      sk,
      world,
      queue: new QueueModel(world, file, addr, known),
      local,
      requested,
      limitKnown,
      live: true,
      drops: Number.NEGATIVE_INFINITY,
      order: known ? [] : null,
      orderHead: 0,
      orderBase: 0,
      endedInQueue: 0,
      stopping: null,
      name: this.nameOf(local),
    };
    this.listeners.push(listener);
    const port = Number.isNaN(local) ? -1 : this.options.endpoint(local).port;
    const there = this.#byPort.get(port);
    if (there === undefined) this.#byPort.set(port, [listener]);
    else there.push(listener);
    if (!Number.isNaN(sk)) this.bySk.set(sk, listener);
    return listener;
  }

  closeListener(listener: SeenListener): void {
    listener.live = false;
    if (!Number.isNaN(listener.sk)) this.bySk.delete(listener.sk);
    const index = this.listeners.indexOf(listener);
    if (index >= 0) this.listeners.splice(index, 1);
    for (const list of this.#byPort.values()) {
      const at = list.indexOf(listener);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /** Live listeners on a port, and those whose port listen() chose. */
  onPort(port: number): readonly SeenListener[] {
    const own = this.#byPort.get(port) ?? NONE;
    const chosen = this.#byPort.get(0);
    return chosen === undefined || chosen.length === 0 || port === 0 ? own : [...own, ...chosen];
  }

  match(rule: RuleId): void {
    if (this.blind) this.tally.undecided(rule, 'events-lost');
    else this.tally.match(rule);
  }

  undecided(rule: RuleId, reason: Reason): void {
    this.tally.undecided(rule, this.blind ? 'events-lost' : reason);
  }

  /** What was recorded cannot be. */
  diverge(...finding: Finding): void {
    const divergence = this.#judge(finding);
    if (divergence !== null) this.tally.diverge(divergence);
  }

  /** Something should have been recorded and is not: an arrival, a change of state by an interrupt. */
  lacks(finding: Finding, among?: () => number): void {
    const divergence = this.#judge(finding);
    if (divergence !== null) this.tally.suspect(divergence, among);
  }

  #judge([rule, expected, observed, explanation, listener, place = this]: Finding): Divergence | null {
    const reason = this.#undecidable(rule);
    if (reason !== null) {
      this.tally.undecided(rule, reason);
      return null;
    }
    const { position, at, tid } = place;
    const name = listener?.name ?? null;
    return { position, at, event: this.event, rule, expected, observed, explanation, tid, listener: name };
  }

  /** Why a difference decides nothing here. */
  #undecidable(rule: RuleId): Reason | null {
    const { perTask, releaseKnown, seesClose } = this.options;
    if (this.blind) return 'events-lost';
    if (perTask && NEEDS_ALL.has(rule)) return 'per-task';
    if (!seesClose && BY_DESCRIPTOR.has(rule)) return 'fd-unknown';
    if (this.unattached > 0 && MISSES_ACCEPTS.has(rule)) return 'fd-unknown';
    if (this.incomplete && NEEDS_ALL.has(rule)) return 'argument-missing';
    return !releaseKnown && BY_RELEASE.has(rule) ? 'release-unknown' : null;
  }

  step(listener: SeenListener, what: string): void {
    if (this.onStep === null) return;
    const { queue, limitKnown, name } = listener;
    this.onStep({
      position: this.position,
      at: this.at,
      listener: name,
      what,
      depth: queue.depth,
      mayHaveTaken: queue.mayHaveTaken,
      limit: limitKnown ? queue.sk.maxAckBacklog : null,
      known: queue.known,
    });
  }

  /** Events were lost from here on, or until here. */
  forget(): void {
    for (const listener of this.listeners) {
      listener.queue.forget();
      listener.order = null;
      listener.stopping = null;
      listener.drops = Number.NEGATIVE_INFINITY;
    }
  }
}
