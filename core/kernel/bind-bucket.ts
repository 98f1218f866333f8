// inet_bind_bucket: who holds a local port, and the shortcuts that spare a walk over the holders (net/ipv4/inet_hashtables.c).
import type { Addr } from './address.ts';
import type { Net } from './net.ts';
import type { Sock } from './sock.ts';

/** A closed connection that still holds its port: inet_timewait_sock. */
export interface TimeWait {
  readonly timeWait: true;
  readonly family: number;
  readonly rcvSaddr: Addr;
  readonly daddr: Addr;
  readonly sport: number;
  readonly dport: number;
  readonly ipv6only: boolean;
  readonly reuse: boolean;
  readonly reuseport: boolean;
  /** Our FIN is acknowledged, the peer's has not come. */
  finWait2: boolean;
  readonly sndNxt: number;
  rcvNxt: number;
  bindBefore: Owner | null;
  bindAfter: Owner | null;
}

export type Owner = Sock | TimeWait;

/** The holders of a port, in the order of their coming: bind_node, a list through the holders themselves. */
export class Owners {
  first: Owner | null = null;
  #last: Owner | null = null;

  add(owner: Owner): void {
    owner.bindBefore = this.#last;
    if (this.#last === null) this.first = owner;
    else this.#last.bindAfter = owner;
    this.#last = owner;
  }

  delete(owner: Owner): void {
    if (owner.bindBefore === null) this.first = owner.bindAfter;
    else owner.bindBefore.bindAfter = owner.bindAfter;
    if (owner.bindAfter === null) this.#last = owner.bindBefore;
    else owner.bindAfter.bindBefore = owner.bindBefore;
    owner.bindBefore = null;
    owner.bindAfter = null;
  }
}

export interface BindBucket {
  readonly net: Net;
  readonly port: number;
  /** 1: every holder has SO_REUSEADDR and did not listen; 0: not so; -1: held by connect() only. */
  fastreuse: number;
  /** 1: every holder has SO_REUSEPORT; 2: only the last one is known to; 0: not so; -1: held by connect() only. */
  fastreuseport: number;
  fastuid: number;
  /** Address, family and IPV6_V6ONLY of the holder that set fastreuseport. */
  fast: { readonly family: number; readonly rcvSaddr: Addr; readonly ipv6only: boolean } | null;
  readonly owners: Owners;
}

/** inet_bind_bucket_create. */
export function inetBindBucketCreate(net: Net, port: number): BindBucket {
  const bucket: BindBucket = {
    net,
    port,
    fastreuse: 0,
    fastreuseport: 0,
    fastuid: 0,
    fast: null,
    owners: new Owners(),
  };
  net.bhash.set(port, bucket);
  return bucket;
}

/** inet_bind_hash: the sock holds the port from now on. */
export function inetBindHash(sk: Sock, bucket: BindBucket, port: number): void {
  sk.num = port;
  sk.bucket = bucket;
  bucket.owners.add(sk);
}

/** inet_put_port: gives the port back; the last holder takes the bucket along. */
export function inetPutPort(sk: Sock): void {
  const bucket = sk.bucket;
  if (bucket === null) return;
  sk.bucket = null;
  sk.num = 0;
  leave(bucket, sk);
}

export function leave(bucket: BindBucket, owner: Owner): void {
  bucket.owners.delete(owner);
  if (bucket.owners.first === null && bucket.net.bhash.get(bucket.port) === bucket)
    bucket.net.bhash.delete(bucket.port);
}
