// When a live replay is over: nobody is to come, nobody's SYN is unanswered, and who is connected was accepted or never can be.
import type { ClientWork } from './client-plan.ts';
import { requestsWaiting } from './requests.ts';
import type { RunMemory } from './run-memory.ts';
import type { TcpInfo } from './tcp-info.ts';

/** Never before so long without a change. */
export const QUIET_NS = 20e6;
/** The list of sockets may be long. */
const LOOK_AT_REQUESTS_NS = 500e6;

export class RunEnd {
  /** Last change, and last connection: nanoseconds of the replay's clock. */
  quietSince = 0;
  lastConnected = 0;
  /** Clients that were closed after they had been accepted. */
  closedAccepted = 0;
  #lookAt = 0;
  readonly #info: TcpInfo;
  readonly #listeners: readonly number[];
  readonly #work: ClientWork;
  readonly #memory: RunMemory;

  constructor(info: TcpInfo, listeners: readonly number[], work: ClientWork, memory: RunMemory) {
    this.#info = info;
    this.#listeners = listeners;
    this.#work = work;
    this.#memory = memory;
  }

  /** Asked once nobody is to come and no SYN is unanswered. @param open clients that are connected and not closed. */
  isOver(now: number, open: number): boolean {
    if (now - this.quietSince < QUIET_NS) return false;
    const halfOpen = this.#halfOpen(open);
    if (halfOpen === null) return false;
    if (halfOpen <= 0 || now > this.lastConnected + this.#work.requestLife) return true;
    // asked again: the last requests may have become connections just before they were looked for
    return this.#noneCanCome(now) && this.#halfOpen(open) === halfOpen;
  }

  /** Clients whose final ACK was refused: they believe that they are connected. Null while someone is still to be accepted. */
  #halfOpen(open: number): number | null {
    const depth = this.#listeners.reduce((sum, fd) => sum + this.#info.depth(fd), 0);
    if (depth > 0 && this.#work.acceptors > 0) return null;
    const { acceptedBy } = this.#memory;
    let accepted = 0;
    for (let k = 0; k < acceptedBy.length; k++) accepted += Atomics.load(acceptedBy, k);
    return this.#work.resets ? 0 : open - (accepted - this.closedAccepted) - depth;
  }

  /** Whether no request is left that the kernel would remind a client of, and no client says anything by itself. */
  #noneCanCome(now: number): boolean {
    if (this.#work.speaksFirst || now < this.#lookAt) return false;
    this.#lookAt = now + LOOK_AT_REQUESTS_NS;
    return requestsWaiting() === 0;
  }
}
