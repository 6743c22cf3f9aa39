import { describe, expect, it } from 'vitest'
import { parseConfig, type TrainContext } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { means } from './means.ts'

/** Means are 4 in domain a and 2 in b; dan has no training row. */
const dataset = buildDataset('rated', {
  user: ['ann', 'ann', 'bob', 'bob', 'bob', 'dan'],
  item: ['x', 'y', 'x', 'y', 'z', 'y'],
  domain: ['a', 'a', 'a', 'a', 'b', 'a'],
  value: [5, 5, 4, 2, 2, 5],
  part: ['train', 'train', 'train', 'train', 'train', 'test'],
})

async function trained(set: Record<string, unknown>, log = dataset) {
  const { config } = parseConfig(means, set)
  const split = { name: 'column', part: log.log.part ?? new Uint8Array(log.log.length) }
  const context = { seed: 1, threads: 1 }
  const model = means.create(config, log, split, context)
  const training: TrainContext = { ...context, dataset: log, split, validate: async () => ({}) }
  for await (const _ of means.train(model, config, training));
  return (user: string | undefined, item: string) =>
    model.scorePairs!(
      [
        {
          history: new Int32Array(0),
          domain: 0,
          ...(user !== undefined && { user: log.users.id(user)! }),
        },
      ],
      Int32Array.of(log.items.id(item)!),
    ).then(([rating]) => rating)
}

describe('means', () => {
  it('adds what a user and an item are above the mean of the domain', async () => {
    const rating = await trained({ prior: 1 })
    // ann is (1 + 1) / (2 + 1) above the mean, bob (0 − 2 + 0) / (3 + 1).
    const [ann, bob] = [2 / 3, -1 / 2]
    // What is left for x is 1 − 2/3 of ann and 0 + 1/2 of bob, with one row of 0 more.
    const x = (1 - ann + (0 - bob)) / 3
    expect(await rating('ann', 'x')).toBeCloseTo(4 + ann + x, 6)
    expect(await rating('bob', 'z')).toBeCloseTo(2 + bob + (0 - bob) / 2, 6)
  })

  it('knows a user in each domain from that domain alone where it is asked to', async () => {
    const rating = await trained({ prior: 0, users: 'single' })
    // bob: −1 in a, where z says nothing of him; 0 in b, where x and y do not.
    expect(await rating('bob', 'z')).toBe(2)
    expect((await rating('bob', 'x')) - (await rating('ann', 'x'))).toBeCloseTo(-1 - 1, 6)
  })

  it('gives strangers and users without a training row what the item gives', async () => {
    const rating = await trained({})
    expect(await rating('dan', 'y')).toBe(await rating(undefined, 'y'))
  })

  it('refuses a log without values', async () => {
    const plain = buildDataset('plain', { user: ['a'], item: ['x'], domain: ['one'] })
    await expect(trained({}, plain)).rejects.toThrow("'plain' has no values to learn ratings from")
  })
})
