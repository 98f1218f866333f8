// netstat -s: counters in sentences, of which these are about listening. Counters that are 0 are left out, so a table without the line means 0.
import type { PartReader, SnapshotKind, SnapshotRows } from './snapshot.ts';

const SECTION = /^(Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt|Sctp):$/;
/** Newer counters have no sentence: `    TCPTimeouts: 8`. */
const NAMED = /^ +([A-Z]\w{1,63}): (\d{1,16})$/;
const SENTENCES: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  Tcp: [[/^ +(\d{1,16}) passive connections? openings$/, 'TcpPassiveOpens']],
  TcpExt: [
    [/^ +(\d{1,16}) times? the listen queue of a socket overflowed$/, 'TcpExtListenOverflows'],
    [/^ +(\d{1,16}) SYNs to LISTEN sockets (?:dropped|ignored)$/, 'TcpExtListenDrops'],
    [/^ +(\d{1,16}) SYN cookies sent$/, 'TcpExtSyncookiesSent'],
    [/^ +(\d{1,16}) SYN cookies received$/, 'TcpExtSyncookiesRecv'],
  ],
};
/** Key of the section with the listen queue's sentences. */
export const SENTENCES_OF_TCP = 'sentences of TcpExt';
const ALWAYS = ['TcpExtListenOverflows', 'TcpExtListenDrops'];

class SentenceReader implements PartReader {
  private readonly rows: SnapshotRows;
  private section = '';
  private readonly found = new Set<string>();

  constructor(rows: SnapshotRows) {
    this.rows = rows;
  }

  line(text: string): 'used' | 'unread' | 'foreign' {
    const section = SECTION.exec(text);
    if (section !== null) {
      this.section = section[1];
      return 'used';
    }
    if (!text.startsWith(' ')) return 'foreign';
    for (const [sentence, name] of SENTENCES[this.section] ?? []) {
      const match = sentence.exec(text);
      if (match !== null) this.take(name, match[1]);
    }
    const named = this.section === 'TcpExt' ? NAMED.exec(text) : null;
    if (named !== null) this.take(`TcpExt${named[1]}`, named[2]);
    return 'used';
  }

  end(): void {
    if (this.section !== 'TcpExt') return;
    for (const name of ALWAYS) if (!this.found.has(name)) this.take(name, '0');
  }

  private take(name: string, value: string): void {
    if (this.found.has(name) || !Number.isSafeInteger(Number(value))) return;
    this.found.add(name);
    this.rows.counter(name, Number(value));
  }
}

export const netstatSentences: SnapshotKind = {
  name: 'netstat -s',
  begins(line) {
    const section = line.length < 16 ? SECTION.exec(line) : null;
    return section === null ? null : `sentences of ${section[1]}`;
  },
  continues: () => null,
  open: (rows) => new SentenceReader(rows),
};
