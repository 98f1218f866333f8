// Tests: everything below test/, two workers at most, with a reporter that names what was skipped and why.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/support/build.ts'],
    reporters: ['./test/support/reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Recordings and timed programs need the machine to themselves.
    maxWorkers: process.env.ACCEPTQ_REQUIRE === 'all' ? 1 : 2,
  },
});
