import { describe, expect, it } from 'vitest'
import type { output } from 'zod'
import { believedWorld, openBelieved } from '../../../test/worlds/believed-world.ts'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { splitDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { darlr } from './index.ts'

const [USERS, ITEMS, K] = [40, 20, 4]

/** Planted: even users like even items and odd users odd ones; what is believed of a pair is off by noise. */
function twoTastes(seed: number): number[][] {
  const rng = createRng(seed).split('two tastes')
  return Array.from({ length: USERS }, (_, u) =>
    Array.from({ length: ITEMS }, (_, i) => taste(u, i) + 0.5 * rng.normal()),
  )
}

const taste = (user: number, item: number) => (user % 2 === item % 2 ? 4.5 : 1.5)

/** Trains; tells whom the selector chose last for each user, and R. */
async function train(seed: number, overrides: Partial<output<typeof darlr.config>>) {
  const rewards = twoTastes(seed)
  const dataset = simulatedWorld({ rewards })
  const split = splitDataset(dataset, 'leave-two-out')
  const config = darlr.config.parse({
    worldModel: 'runs/world',
    tracker: 'average',
    init: 'worldModel',
    epochs: 10,
    stepsPerEpoch: 1000,
    episodes: 20,
    maxLength: 10,
    batchSize: 200,
    width: 8,
    hidden: [32],
    references: K,
    projection: 8,
    selectorWidth: 16,
    selectorLearningRate: 0.003,
    ...overrides,
  })
  const model = darlr.create(config, dataset, split, { seed, threads: 1 })
  let kept: ArrayLike<number> = []
  let estimates: ArrayLike<number> = []
  const context = {
    dataset,
    split,
    seed,
    threads: 1,
    validate: async () => ({}),
    openRun: openBelieved(believedWorld(dataset, rewards)),
  }
  for await (const event of darlr.train(model, config, context))
    if (event.type === 'checkpoint') {
      const { tensors } = event.checkpoint
      kept = tensors.get('moments/shaper/kept')!.data
      estimates = tensors.get('moments/shaper/rewards')!.data
    }
  await model.dispose()
  const own = Array.from(kept).filter((row, i) => row % 2 === Math.floor(i / K) % 2).length / kept.length
  /** Mean |R − taste| over all pairs. */
  const error = (values: ArrayLike<number>) =>
    Array.from(values).reduce(
      (sum, value, at) => sum + Math.abs(value - taste(Math.floor(at / ITEMS), at % ITEMS)) / values.length,
      0,
    )
  const believed = rewards.flat()
  return { own, believed, estimates: Array.from(estimates), error: error(estimates), believedError: error(believed) }
}

/** The largest distance between two empirical distributions (Kolmogorov and Smirnov). */
function largestGap(a: readonly number[], b: readonly number[]): number {
  const share = (values: readonly number[], x: number) => values.filter((value) => value <= x).length / values.length
  return Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))))
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length

describe('darlr in a world of two tastes', () => {
  const everyTurn = { selectEvery: 1, selectorBatchSize: 64, warmUp: 20 }

  it('chooses reference users of the own taste, and their means are nearer to it than what was believed', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const { own, error, believedError } = await train(seed, everyTurn)
      expect(own, `seed ${seed}`).toBeGreaterThanOrEqual(0.9)
      expect(believedError).toBeGreaterThan(0.35)
      expect(error, `seed ${seed}`).toBeLessThan(0.6 * believedError)
    }
  })

  it('loses both tastes where R is rewritten before the selector has learned anything', async () => {
    const { error, own } = await train(1, { ...everyTurn, warmUp: 0, lambdaS: 0.5 })
    expect(own).toBeLessThan(0.75)
    expect(error).toBeGreaterThan(1)
  })

  it('agrees in distribution with its un-amortized form', async () => {
    // As many picks to learn from in both, so that they differ in how often a user gets new reference users alone.
    const told = { selectorPicks: 128, selectorBatchSize: 32, warmUp: 35 }
    const seeds = [1, 2, 3]
    const forms: Awaited<ReturnType<typeof train>>[][] = []
    for (const selectEvery of [1, 5]) {
      const runs = []
      for (const seed of seeds) runs.push(await train(seed, { ...told, selectEvery }))
      forms.push(runs)
    }
    const [every, amortized] = forms as [(typeof forms)[0], (typeof forms)[0]]
    expect(Math.abs(mean(every.map(({ own }) => own)) - mean(amortized.map(({ own }) => own)))).toBeLessThan(0.05)
    for (const [i, seed] of seeds.entries()) {
      // Of 800 estimates each. What is believed at first, which is as noisy as one user's, is farther off.
      const { believed, estimates } = every[i]
      expect(largestGap(estimates, amortized[i].estimates), `seed ${seed}`).toBeLessThan(0.1)
      expect(largestGap(estimates, believed), `seed ${seed}`).toBeGreaterThan(0.1)
    }
  })
})
