// Events: the Schema accepts every event of every fixture, names go there and back, nothing 64-bit is rounded.
import * as Schema from 'effect/Schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressDictionary, EndpointDictionary, formatInet6 } from '../../../core/event/dictionary.ts';
import { EndpointTable } from '../../../core/event/endpoint-table.ts';
import { EVENT_TYPES, eventCode, MAX_ARGS } from '../../../core/event/event-type.ts';
import { TraceEventSchema } from '../../../core/event/schema.ts';
import { parseStreamName, streamName } from '../../../core/event/stream.ts';
import { queryEvents } from '../../../core/store/event-query.ts';
import { CASES, perfDataOf, take, withStore } from '../../support/fixtures.ts';

describe('catalogue', () => {
  it('fits into a byte, has unique names and no more arguments than columns', () => {
    expect(EVENT_TYPES.length).toBeLessThan(256);
    expect(new Set(EVENT_TYPES.map((type) => type.name)).size).toBe(EVENT_TYPES.length);
    for (const type of EVENT_TYPES) expect(type.args.length).toBeLessThanOrEqual(MAX_ARGS);
    expect(() => eventCode('sys_enter_nothing')).toThrow();
  });
});

describe('schema', () => {
  const decode = Schema.decodeUnknownSync(TraceEventSchema);

  it.each(CASES)('accepts every event of %s', (name) =>
    withStore((store) => {
      take(store, perfDataOf(name));
      let count = 0;
      for (const event of queryEvents(store.db, { limit: 1500 })) {
        decode(JSON.parse(JSON.stringify(event)));
        count++;
      }
      expect(count).toBeGreaterThan(500);
    }),
  );

  it('refuses a wrong one', () => {
    expect(() => decode({ type: 'sys_enter_listen', position: 1 })).toThrow();
    expect(() => decode({ type: 'no_such_event' })).toThrow();
  });
});

describe('stream names', () => {
  it('go there and back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('task', 'socket') as fc.Arbitrary<'task' | 'socket'>,
        fc.nat(99999),
        fc.nat(99999),
        (kind, capture, key) => {
          expect(parseStreamName(streamName(kind, capture, key))).toEqual({ kind, capture, key });
        },
      ),
    );
    expect(parseStreamName(streamName('capture', 3, 0))).toEqual({ kind: 'capture', capture: 3, key: 0 });
    expect(parseStreamName('socket-1')).toBeNull();
  });
});

describe('dictionaries', () => {
  it('keep 64-bit addresses exactly and tell neighbours apart', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 64n) - 2n }), (address) => {
        const dictionary = new AddressDictionary();
        const halves = (value: bigint): [number, number] => [Number(value >> 32n), Number(value & 0xffffffffn)];
        const id = dictionary.intern(...halves(address));
        expect(dictionary.intern(...halves(address + 1n))).not.toBe(id);
        expect(dictionary.intern(...halves(address))).toBe(id);
        expect(BigInt(dictionary.entries[id - 1])).toBe(address);
      }),
    );
  });

  it('spell endpoints in canonical form', () => {
    const dictionary = new EndpointDictionary();
    const id = dictionary.internInet(0x7f000001, 80);
    expect(dictionary.internInet(0x7f000001, 80)).toBe(id);
    expect(dictionary.get(id)).toEqual({ family: 2, address: '127.0.0.1', port: 80 });
    expect(dictionary.get(dictionary.internInet(0xffffffff, 65535)).address).toBe('255.255.255.255');
  });

  it('keep any endpoint as it is, also one whose address is written in another way or is none', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom('', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1..2.3', '999.1.1.1', '@abstract', '/run/x'),
      fc.string(),
    );
    const endpoint = fc.record({ family: fc.constantFrom(1, 2, 10, 0), address, port: fc.nat(70_000) });
    fc.assert(
      fc.property(fc.array(endpoint, { maxLength: 600 }), (endpoints) => {
        const table = new EndpointTable();
        const ids = endpoints.map((one) => table.push(one));
        expect(ids).toEqual(endpoints.map((_, k) => k + 1));
        expect(ids.map((id) => table.get(id))).toEqual(endpoints);
        expect(table.after(endpoints.length >> 1)).toEqual(endpoints.slice(endpoints.length >> 1));
        expect(table.get(0) ?? table.get(endpoints.length + 1) ?? table.get(0.5)).toBeUndefined();
      }),
    );
  });

  it('forget endpoints in time, and never one that is still in use or was seen lately', () => {
    const dictionary = new EndpointDictionary();
    const server = dictionary.internInet(0x7f000001, 80);
    const first = dictionary.internInet(0x0a000000, 1000);
    const client = (k: number): number => dictionary.internInet(0x0a000000 + k, 1000);
    const ids = new Set<number>([server, first]);
    for (let k = 1; k < 400_000; k++) {
      const id = client(k);
      expect(ids.has(id), 'a new one has a new id').toBe(false);
      ids.add(id);
      if (client(Math.max(1, k - 60_000)) > id) throw new Error('seen 60,000 endpoints ago, and forgotten');
      if (k % 1000 === 0) expect(dictionary.internInet(0x7f000001, 80)).toBe(server);
    }
    expect(client(0), 'it had not been seen for long').not.toBe(first);
    expect(dictionary.get(first)).toEqual(dictionary.get(client(0)));
  });

  // examples of RFC 5952 section 4 and RFC 4291 section 2.5.5.2
  it.each([
    [[0x20010db8, 0, 0, 1], '2001:db8::1'],
    [[0x20010db8, 0x00000001, 0x00010001, 0x00010001], '2001:db8:0:1:1:1:1:1'],
    [[0x20010000, 0, 0x00010000, 1], '2001::1:0:0:1'],
    [[0, 0, 0, 0], '::'],
    [[0, 0, 0, 1], '::1'],
    [[0, 0, 0xffff, 0x7f000001], '::ffff:127.0.0.1'],
  ] as const)('writes %j as %s', (words, text) => {
    expect(formatInet6(words as unknown as [number, number, number, number])).toBe(text);
  });
});
