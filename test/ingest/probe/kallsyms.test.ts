// Kernel symbols: which function of the path an address is in, in texts that are not sorted, not whole, or hide addresses.
import { describe, expect, it } from 'vitest';
import { KernelSymbols } from '../../../ingest/probe/kallsyms.ts';
import { pathFunction } from '../../../ingest/probe/path-function.ts';

const symbols = (text: string): KernelSymbols => new KernelSymbols(Buffer.from(text, 'latin1'));
const at = (known: KernelSymbols, address: bigint, most?: number): string | null =>
  known.at(Number(address >> 32n), Number(address & 0xffffffffn), most);

describe('addresses', () => {
  const known = symbols(
    'ffffffff81000100 T inet_csk_accept\n' +
      '0000000000000000 A fixed_percpu_data\n' +
      'ffffffff81000080 t before\n' +
      'ffffffff81000200 T inet_csk_listen_start\n' +
      'ffffffff81000180 t after\n' +
      'ffffffff81000300 D inet_listen\n' +
      'ffffffffc0001000 t tcp_conn_request.isra.0\t[mod]\n' +
      'ffffffffc0002000 t tcp_v4_syn_recv_sock.cold\t[mod]\n' +
      'not a line\nffffffff8100zz T inet_accept\n',
  );

  it('are in a function from its start to the next symbol', () => {
    expect(at(known, 0xffffffff81000100n)).toBe('inet_csk_accept');
    expect(at(known, 0xffffffff8100017fn)).toBe('inet_csk_accept');
    expect(at(known, 0xffffffff81000180n)).toBe(null);
    expect(at(known, 0xffffffff810000ffn)).toBe(null);
    expect(at(known, 0xffffffff81000204n)).toBe('inet_csk_listen_start');
    expect(at(known, 0xffffffffc0001008n)).toBe('tcp_conn_request');
  });

  it('in parts of functions, data and user space are in none', () => {
    for (const address of [0xffffffffc0002000n, 0xffffffff81000300n, 0x7f0000001000n, 0n, 0xffffffffffffffffn])
      expect(at(known, address)).toBe(null);
  });

  it('may be wanted near the start only', () => {
    expect(at(known, 0xffffffff81000104n, 8)).toBe('inet_csk_accept');
    expect(at(known, 0xffffffff81000110n, 8)).toBe(null);
  });

  it('of kernels elsewhere: arm64, and machines of 32 bits', () => {
    expect(at(symbols('ffff800008000000 T inet_accept\nffff800008000100 T x\n'), 0xffff800008000008n)).toBe(
      'inet_accept',
    );
    expect(at(symbols('c0100000 T inet_accept\nc0100100 T x\n'), 0xc0100004n)).toBe('inet_accept');
  });

  it('that were hidden tell nothing', () => {
    expect(symbols('0000000000000000 T inet_csk_accept\n0000000000000000 T inet_accept\n').known).toBe(false);
    expect(symbols('').known).toBe(false);
    expect(known.known).toBe(true);
  });
});

describe('names', () => {
  it.each([
    ['inet_csk_accept', 'inet_csk_accept'],
    ['tcp_conn_request.constprop.0', 'tcp_conn_request'],
    ['tcp_conn_request.constprop.0.isra.0', 'tcp_conn_request'],
    ['inet_accept.llvm.1234567890', 'inet_accept'],
    ['inet_csk_accept.cold', null],
    ['inet_csk_accept.part.0', null],
    ['inet_csk_acceptor', null],
    ['', null],
  ])('%s', (symbol, name) => {
    expect(pathFunction(symbol)).toBe(name);
  });
});
