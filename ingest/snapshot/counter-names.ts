// Which counters of the namespace are kept: TCP's. Addresses, fragments and UDP say nothing about listeners.

/** Values that go up and down, or never change (RFC 1213, tcpRtoAlgorithm and what follows). */
const NO_COUNTERS = new Set(['TcpRtoAlgorithm', 'TcpRtoMin', 'TcpRtoMax', 'TcpMaxConn', 'TcpCurrEstab']);

/** `name` as nstat writes it: the table's name and the counter's without a space. */
export const isKept = (name: string): boolean => name.startsWith('Tcp') && !NO_COUNTERS.has(name);
