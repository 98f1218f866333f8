// Kinds of event of a replay, and the lanes of its agenda: timers of one length share one.
import { Agenda } from './agenda.ts';

export const SYN = 0;
export const FINAL_ACK = 1;
/** An acceptor looks for a connection. */
export const READY = 2;
/** A closed client's slot begins a connection. */
export const SLOT = 3;

const TRIES = 16;
const ACKS = 1;
const COOKIE_ACKS = ACKS + TRIES;
const SYNS = COOKIE_ACKS + TRIES;

/** Final ACKs when clients stop. */
export const AT_STOP = 0;
/** @param tries how often it came before. */
export const ackLane = (tries: number, cookie: boolean): number =>
  (cookie ? COOKIE_ACKS : ACKS) + (tries < TRIES ? tries : TRIES - 1);
/** @param sent how often it was sent before, at least once. */
export const synLane = (sent: number): number => SYNS + (sent < TRIES ? sent : TRIES) - 1;

export const agendaOfReplay = (): Agenda =>
  new Agenda(Array.from({ length: SYNS + TRIES }, (_, lane) => (lane < SYNS ? FINAL_ACK : SYN)));
