import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './test/support/counts-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/docker/**'],
          // The code has no module state: files of one process share what they import, which halves the time.
          isolate: false,
          // By itself it leaves one core of two unused.
          maxWorkers: '100%',
          // A machine that does other work too may take longer than the usual 5 s for a property test.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['test/integration/**/*.test.ts'],
          // Real services on two cores: one file at a time.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          globalSetup: process.env.SCRATCH ? [] : ['test/integration/support/build.ts'],
        },
      },
      {
        test: {
          name: 'docker',
          sequence: { groupOrder: 2 },
          include: ['test/docker/**/*.test.ts'],
          // One engine, and labs of five JVMs each.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Starts a Docker engine and builds the stand-ins for the official images in it.
          globalSetup: ['test/docker/support/global-setup.ts'],
        },
      },
    ],
  },
});
