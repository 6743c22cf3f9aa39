import { expect, test } from 'vitest'
import { listedCoverage } from './listed-coverage.ts'
import { episodeWorld, listedWorld } from './listed-worlds.ts'

const SEEDS = 20
/** Fewer than one in a thousand intervals that hold 95 % hold so few. */
const LEAST = 15

test('intervals of lists hold the truth where users read from the top', () => {
  const found = listedCoverage('ranking', (seed) => listedWorld({ seed, users: 500 }), SEEDS)
  expect(found).toMatchObject({ refused: 0, disagree: 0 })
  for (const name of ['rips', 'snrips', 'cascade-dr', 'sips', 'snsips'])
    expect(found.difference.get(name)?.held, name).toBeGreaterThan(LEAST)
})

test('intervals of episodes hold the truth, and a Q that cannot be linear is found out', () => {
  const found = listedCoverage('episode', (seed) => episodeWorld({ seed, users: 600, distance: 0.3 }), SEEDS)
  expect(found.refused).toBe(0)
  for (const name of ['pdis', 'snpdis', 'sequential-dr', 'fqe', 'mis'])
    expect(found.difference.get(name)?.held, name).toBeGreaterThan(LEAST)
  const poor = listedCoverage(
    'episode',
    (seed) => episodeWorld({ seed, users: 600, distance: 0.3, features: 'sides' }),
    8,
  )
  expect(poor.difference.get('sequential-dr')?.held).toBeGreaterThan(5)
  expect(poor.difference.get('fqe')?.held).toBeLessThan(4)
})
