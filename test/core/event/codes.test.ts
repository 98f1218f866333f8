// Codes of event types are in stores: none is ever given to something else. What changes its meaning gets a new code, and an upcaster.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, eventCode } from '../../../core/event/event-type.ts';
import { meaningsOf, type StoredType } from '../../../core/event/upcast.ts';
import { readLog, storedMeanings } from '../../../core/store/log-reader.ts';
import { perfDataOf, take, withStore } from '../../support/fixtures.ts';

/** code|name|version|stream|arguments, a line each. Lines are added, never changed: stores out there have them. */
const FROZEN = readFileSync(fileURLToPath(new URL('codes.txt', import.meta.url)), 'utf8')
  .trimEnd()
  .split('\n');

const line = ({ code, name, version, stream, args }: (typeof EVENT_TYPES)[number]): string =>
  [
    code,
    name,
    version,
    stream,
    args.map((arg) => (arg.kind === 'int' ? arg.name : `${arg.name}:${arg.kind}`)).join(' '),
  ].join('|');

describe('codes', () => {
  it('are those of the table, in which a new type has a new line at the end', () => {
    expect(EVENT_TYPES.map(line)).toEqual(FROZEN);
  });

  it('are each given once, and each name and version once', () => {
    const fields = FROZEN.map((text) => text.split('|'));
    expect(new Set(fields.map(([code]) => code)).size).toBe(FROZEN.length);
    expect(new Set(fields.map(([, name, version]) => `${name} ${version}`)).size).toBe(FROZEN.length);
  });

  it('are in the store as well, with what they mean', () =>
    withStore(({ db }) => {
      const stored = db.prepare('SELECT code, name, version, stream, args FROM event_types ORDER BY code').all();
      expect(
        (stored as { args: string }[]).map((row) =>
          line({ ...row, args: JSON.parse(row.args) } as (typeof EVENT_TYPES)[number]),
        ),
      ).toEqual(FROZEN);
    }));
});

describe('an older version of a type', () => {
  it('is read with the meaning of today', () =>
    withStore((store) => {
      const capture = take(store, perfDataOf('listen-errors'));
      const { db } = store;
      const listen = eventCode('sys_enter_listen');
      const rows = (meanings?: Parameters<typeof readLog>[2]): string[] =>
        [...readLog(db, capture, meanings)].flatMap((batch) =>
          Array.from({ length: batch.length }, (_, row) =>
            [batch.type[row], batch.at[row], batch.tid[row], ...batch.args.map((column) => column[row])].join(' '),
          ),
        );
      const written = rows();
      // as if listen() had been stored with its arguments the other way round, until version 2 turned them
      const stored = db.prepare('SELECT code, name, version FROM event_types').all() as StoredType[];
      const types = EVENT_TYPES.map((type) => (type.code === listen ? { ...type, version: 2 } : type));
      const turned = rows(meaningsOf(stored, types, { sys_enter_listen: [([fd, backlog]) => [backlog, fd]] }));
      expect(turned).toHaveLength(written.length);
      let listens = 0;
      turned.forEach((text, k) => {
        const [type, at, tid, a0, a1, ...rest] = text.split(' ');
        if (Number(type) !== listen) expect(text).toBe(written[k]);
        else {
          listens++;
          expect([type, at, tid, a1, a0, ...rest].join(' ')).toBe(written[k]);
        }
      });
      expect(listens).toBeGreaterThan(3);
    }));

  it('needs each step between: a missing one is a bug that shows at once', () => {
    const types = EVENT_TYPES.map((type) => (type.code === 0 ? { ...type, version: 3 } : type));
    const stored = [{ code: 0, name: EVENT_TYPES[0].name, version: 1 }];
    expect(() => meaningsOf(stored, types, { [EVENT_TYPES[0].name]: [(args) => args] })).toThrow(/no upcaster/);
  });

  it('steps through versions in order', () => {
    const types = EVENT_TYPES.map((type) => (type.code === 0 ? { ...type, version: 3 } : type));
    const { name } = EVENT_TYPES[0];
    const steps = {
      [name]: [
        ([a]: readonly (number | null)[]) => [(a ?? 0) + 1],
        ([a]: readonly (number | null)[]) => [(a ?? 0) * 10],
      ],
    };
    const [oldest, middle] = [1, 2].map((version) => meaningsOf([{ code: 0, name, version }], types, steps)[0]);
    expect(oldest?.upcast?.([1])).toEqual([20]);
    expect(middle?.upcast?.([1])).toEqual([10]);
  });

  it('of a newer acceptq is not guessed', () =>
    withStore((store) => {
      const capture = take(store, perfDataOf('listen-errors'));
      const meanings = [...storedMeanings(store.db)];
      meanings[eventCode('sys_enter_listen')] = undefined;
      expect(() => [...readLog(store.db, capture, meanings)]).toThrow(/which a newer acceptq has written/);
    }));
});
