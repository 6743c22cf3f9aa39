import { defineConfig } from 'vitest/config'

// Two projects: `fast` (units beside the source and the contract suite, under a minute together) and `slow` (real
// processes, servers, executors at full size). `npm run check` runs the first, `npm test` runs both.
export default defineConfig({
  test: {
    maxWorkers: '100%', // on two cores Vitest would use one
    projects: [
      {
        test: {
          name: 'fast',
          include: [
            'src/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'test/docs/**/*.test.ts',
            'test/golden/**/*.test.ts',
          ],
          exclude: ['**/*.slow.test.ts'],
          // Far beyond what any of them takes: a busy machine is no failure.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'slow',
          globalSetup: ['test/e2e/build.ts'],
          include: ['test/e2e/**/*.test.ts', '**/*.slow.test.ts'],
          exclude: ['node_modules/**'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
})
