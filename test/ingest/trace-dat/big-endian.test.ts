// Recordings as a big-endian machine would have written them: trace-cmd prints the same, and so do we read the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { group } from '../../support/needs.ts';
import { bigEndian } from './big-endian.ts';
import { traceCmdReport } from './report-text.ts';
import { readTrace, traceBytes, traceDatOf } from './rows.ts';

const NAMES = ['v6', 'v6-two-instances', 'v6-raw-syscalls'];

group('the big-endian twin is what trace-cmd takes it for', ['trace-cmd'], () => {
  it.each(NAMES)('%s', (name) => {
    const directory = mkdtempSync(join(tmpdir(), 'acceptq-test-'));
    try {
      const path = join(directory, 'twin.dat');
      writeFileSync(path, bigEndian(traceBytes(name)));
      expect(traceCmdReport(path)).toBe(traceCmdReport(traceDatOf(name)));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('the big-endian twin has the same rows', () => {
  it.each(NAMES)('%s', (name) => {
    const original = readTrace(traceBytes(name));
    const twin = readTrace(bigEndian(traceBytes(name)));
    expect(twin).toEqual(original);
    expect(original.rows.length).toBeGreaterThan(300);
  });
});
