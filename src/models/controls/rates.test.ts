import { describe, expect, it } from 'vitest'
import { parseConfig, type TrainContext } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { rates } from './rates.ts'

/** Four of six rows of domain a are positive, none of the one in b; dan has no training row. */
const dataset = buildDataset('rated', {
  user: ['ann', 'ann', 'ann', 'bob', 'bob', 'bob', 'bob', 'dan'],
  item: ['x', 'y', 'x', 'x', 'y', 'y', 'z', 'y'],
  domain: ['a', 'a', 'a', 'a', 'a', 'a', 'b', 'a'],
  value: [5, 4, 5, 5, 1, 3, 2, 5],
  part: ['train', 'train', 'train', 'train', 'train', 'train', 'train', 'test'],
})

async function trained(set: Record<string, unknown> = {}, log = dataset) {
  const { config } = parseConfig(rates, set)
  const split = { name: 'column', part: log.log.part ?? new Uint8Array(log.log.length) }
  const context = { seed: 1, threads: 1 }
  const model = rates.create(config, log, split, context)
  const training: TrainContext = { ...context, dataset: log, split, validate: async () => ({}) }
  for await (const _ of rates.train(model, config, training));
  return model
}

const logOdds = (share: number) => Math.log(share / (1 - share))
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const query = (user?: string) => ({
  history: new Int32Array(0),
  domain: 0,
  ...(user !== undefined && { user: dataset.users.id(user)! }),
})
const item = (name: string) => dataset.items.id(name)!

describe('rates', () => {
  it('adds the log-odds of a user and an item to those of the domain', async () => {
    const model = await trained({ prior: 2 })
    const a = 5 / 8
    const b = 1 / 3
    const shift = (positive: number, rows: number, mean: number) =>
      logOdds((positive + 2 * mean) / (rows + 2)) - logOdds(mean)
    const bob = shift(1, 4, (3 * a + b) / 4)
    const [found] = await model.scorePairs!([query('bob')], Int32Array.of(item('x')))
    expect(found).toBeCloseTo(sigmoid(logOdds(a) + bob + shift(3, 3, a)), 6)
    const [elsewhere] = await model.scorePairs!([query('bob')], Int32Array.of(item('z')))
    expect(elsewhere).toBeCloseTo(sigmoid(logOdds(b) + bob + shift(0, 1, b)), 6)
  })

  it('gives strangers and users without a training row what the item gives', async () => {
    const model = await trained()
    const asked = [query(), query('dan')]
    const [stranger, dan] = await model.scorePairs!(asked, Int32Array.of(item('y'), item('y')))
    expect(dan).toBe(stranger)
    const scores = await model.score([query('ann'), query('bob')], { start: 1, end: 3 })
    expect(scores[0]).toBeGreaterThan(scores[2])
    const pairs = await model.scorePairs!([query('ann'), query('bob')], Int32Array.of(2, 1))
    expect([...pairs]).toEqual([scores[1], scores[2]])
  })

  it('takes labels from the bound it is given, and a log of one class', async () => {
    const [lenient] = await (await trained({ positiveAbove: 0 })).scorePairs!([query('ann')], Int32Array.of(item('x')))
    expect(lenient).toBeGreaterThan(0.8)
    expect(lenient).toBeLessThan(1)
  })

  it('refuses a log without values', async () => {
    const plain = buildDataset('plain', { user: ['a'], item: ['x'], domain: ['one'] })
    await expect(trained({}, plain)).rejects.toThrow("'plain' has no values to learn labels from")
  })
})
