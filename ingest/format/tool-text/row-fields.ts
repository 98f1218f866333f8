// The columns of a row as values: numbers, states by name, endpoints in one column or two. ABSENT for what cannot be read.
import type { EndpointDictionary } from '../../../core/event/dictionary.ts';
import { ABSENT } from '../../../core/event/event-batch.ts';
import { TCP_STATE_NAMES } from '../../../core/event/tcp-state-name.ts';
import { TextAddress } from '../../probe/text-address.ts';
import { ByteTable } from '../text/byte-table.ts';
import { TextCursor } from '../text/text-cursor.ts';
import type { Column } from './columns.ts';
import type { RowWords } from './row-words.ts';

const CUT_OFF = 'ESTABLISHE'; // state 1, by old versions of tcpdrop.bt
const STATES = new ByteTable([...TCP_STATE_NAMES, CUT_OFF]);

export class RowFields {
  private readonly words: RowWords;
  private readonly addresses: TextAddress;
  private readonly word = new TextCursor();

  constructor(words: RowWords, endpoints: EndpointDictionary) {
    this.words = words;
    this.addresses = new TextAddress(endpoints);
  }

  at(word: number): TextCursor {
    this.word.set(this.words.bytes, this.words.from(word), this.words.to(word));
    return this.word;
  }

  number(column: Column): number {
    const word = this.words.of(column);
    if (word < 0) return ABSENT;
    const cursor = this.at(word);
    const value = cursor.integer();
    return cursor.at === cursor.end ? value : ABSENT;
  }

  state(column: Column): number {
    const word = this.words.of(column);
    const { words } = this;
    const index = STATES.find(words.bytes, words.from(word), words.to(word));
    if (index >= 0) return index === TCP_STATE_NAMES.length ? 1 : index + 1;
    return this.number(column);
  }

  /** An address and a port in columns of their own. */
  pair(address: Column, port: Column): number {
    const { words, addresses } = this;
    const number = this.number(port);
    const word = words.of(address);
    return number >= 0 && number <= 65535
      ? this.endpoint(addresses, words.bytes, words.from(word), words.to(word), number)
      : ABSENT;
  }

  /** `address:port`, an IPv6 address without brackets. */
  joined(column: Column): number {
    const { words, addresses } = this;
    const word = words.of(column);
    const from = words.from(word);
    const to = words.to(word);
    let colon = to - 1;
    while (colon > from && words.bytes[colon] !== 58) colon--;
    const port = addresses.port(words.bytes, colon + 1, to);
    return colon > from && port >= 0 ? this.endpoint(addresses, words.bytes, from, colon, port) : ABSENT;
  }

  private endpoint(addresses: TextAddress, bytes: Uint8Array, from: number, to: number, port: number): number {
    const dotted = addresses.dotted(bytes, from, to);
    if (dotted >= 0) return addresses.internInet(dotted, port);
    return addresses.inet6(bytes, from, to) ? addresses.intern6(port) : ABSENT;
  }
}
