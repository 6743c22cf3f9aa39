import { defineConfig } from 'vitest/config'

/** The contract suite is one file, which this many processes share, so that they run side by side. */
const SHARES = 8
const CONTRACT = 'test/contract/contract.test.ts'
// Far beyond what any of them takes: a busy machine is no failure.
const PATIENCE = { testTimeout: 120_000, hookTimeout: 120_000 }

// `fast` (units beside the source) with the contract suite, under a minute together, and `slow` (real processes, servers,
// executors at full size). `npm run check` runs the first (fast*), `npm test` all.
export default defineConfig({
  test: {
    maxWorkers: '100%', // on two cores Vitest would use one
    projects: [
      {
        test: {
          name: 'fast',
          include: [
            'src/**/*.test.ts',
            'web/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'test/deploy/**/*.test.ts',
            'test/docs/**/*.test.ts',
            'test/golden/**/*.test.ts',
            'test/studio/**/*.test.ts',
          ],
          exclude: ['**/*.slow.test.ts', CONTRACT],
          ...PATIENCE,
        },
      },
      ...Array.from({ length: SHARES }, (_, share) => ({
        test: {
          name: `fast-contract-${share + 1}`,
          include: [CONTRACT],
          env: { CONTRACT_SHARE: `${share}/${SHARES}` },
          ...PATIENCE,
        },
      })),
      {
        test: {
          name: 'slow',
          globalSetup: ['test/e2e/build.ts'],
          include: ['test/e2e/**/*.test.ts', '**/*.slow.test.ts'],
          exclude: ['node_modules/**'],
          // A busy machine is no failure.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
