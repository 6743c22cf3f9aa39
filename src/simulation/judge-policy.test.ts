import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { drawnRewards, simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import type { Policy, WorldModel } from '../core/index.ts'
import { denseRewards } from '../math/index.ts'
import { evaluate } from '../ope/index.ts'
import { createEnvironment, episodeRewards, parseLeaveRule, rollOut } from '../rl/index.ts'
import { believedValue } from './believed-value.ts'
import { episodeLog, readEpisodeLog, writeEpisodeLog } from './episode-log.ts'
import { loggedEpisodes, targetOnEpisodes } from './judge-policy.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-episodes-'))
afterAll(() => rmSync(folder, { recursive: true }))

const USERS = 260
const ITEMS = 10
const rewards = drawnRewards(USERS, ITEMS).map((row) => row.map((reward, item) => 1 + 0.3 * item + 0.2 * reward))
const means = rewards[0].map((_, item) => rewards.reduce((sum, row) => sum + row[item], 0) / USERS)
const world = simulatedWorld({ rewards, categories: Array.from({ length: ITEMS }, (_, i) => `kind ${i % 3}`) })
const environment = createEnvironment(world, { maxLength: 5, leave: [parseLeaveRule('low-reward:2')] })
const { items } = environment.rewards
const mode = 'free' as const

/** Draws by what an item pays in the mean over users, the more the greater. */
const liking = (strength: number): Policy => ({
  acting: 'sampled',
  remembers: 'episode',
  avoidsLeaving: false,
  score: async (queries, { start, end }) =>
    Float32Array.from({ length: queries.length * (end - start) }, (_, k) => strength * means[k % (end - start)]),
})

const logged = async (policy: Policy, episodes: number, seed: number) =>
  await episodeLog(policy, environment, await rollOut(policy, environment, { mode, episodes, seed }), { mode, items })

test('what a policy earns is told from episodes that another one played, and the world is asked whether it is true', async () => {
  const log = await logged(liking(0.2), 4000, 1)
  const target = await targetOnEpisodes({ name: 'liking', policy: liking(0.8) }, log, world, { items })
  const truth = async (policy: Policy) => {
    const paid = episodeRewards(await rollOut(policy, environment, { mode, episodes: 10_000, seed: 9 }))
    return paid.reduce((sum, reward) => sum + reward, 0) / paid.length
  }
  const [{ overall }] = evaluate(loggedEpisodes(log, world), [target], { level: 'episode', samples: 200 }).targets
  expect(overall.users).toBe(USERS)
  const [served, worth] = [await truth(liking(0.2)), await truth(liking(0.8))]
  expect(worth - served).toBeGreaterThan(0.5)
  expect(overall).toMatchObject({ verdict: 'better', by: 'sequential-dr' })
  expect(overall.estimates).toHaveLength(7)
  for (const { estimator, value, difference } of overall.estimates) {
    const width = (value.high - value.low) / 2
    // A linear Q and a few states are as right as what they know of a turn.
    const apart = estimator === 'fqe' || estimator === 'mis' ? 0.05 * worth : 1.5 * width
    expect(Math.abs(value.mean - worth), estimator).toBeLessThan(apart)
    expect(difference.low, estimator).toBeGreaterThan(0)
  }
})

test('a policy that takes one item for ever is not judged by episodes that seldom went its way', async () => {
  const log = await logged(liking(0.2), 1000, 1)
  const policy: Policy = { ...liking(1), acting: 'greedy' }
  const target = await targetOnEpisodes({ name: 'greedy', policy }, log, world, { items })
  const [{ overall }] = evaluate(loggedEpisodes(log, world), [target], { level: 'episode' }).targets
  expect(overall).toMatchObject({ verdict: 'not supported', refusal: expect.stringContaining('users') })
})

test('what a world believes a policy to earn is what it earns in that world', async () => {
  const { users, items } = environment.rewards
  const believed = { rewards: denseRewards({ users, items, values: new Float32Array(USERS * ITEMS).fill(2) }) }
  const options = { mode, maxLength: 5, episodes: 100, seed: 1 }
  const value = await believedValue(liking(1), world, believed as WorldModel, options)
  expect(value).toEqual({ mean: 10, low: 10, high: 10 })
})

test('a log of episodes is read as it was written, whatever the order of its rows', async () => {
  const log = await logged(liking(1), 25, 2)
  const path = join(folder, 'episodes.parquet')
  await writeEpisodeLog(path, log, world)
  expect(await readEpisodeLog(path, world)).toEqual(log)
})

test('a log of episodes that the dataset does not know is refused', async () => {
  const path = join(folder, 'other.parquet')
  await writeEpisodeLog(path, await logged(liking(1), 25, 2), world)
  const smaller = simulatedWorld({ rewards: rewards.slice(0, 3) })
  await expect(readEpisodeLog(path, smaller)).rejects.toThrow(
    /turn \d+ is of the user 'u\d+', whom 'simulated' does not know/,
  )
})
