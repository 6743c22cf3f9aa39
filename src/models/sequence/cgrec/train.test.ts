import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig, type Trust } from '../../../core/index.ts'
import { buildDataset, type SequenceBatch } from '../../../data/index.ts'
import { createRng } from '../../../math/index.ts'
import { cgrec } from './index.ts'
import { type CGRec, createTrainer } from './train.ts'

// Three domains of four items each: books 1–4, games 5–8, toys 9–12.
const names = ['books', 'games', 'toys']
const item = names.flatMap((name) => [0, 1, 2, 3].map((i) => `${name}${i}`))
const dataset = buildDataset('three', {
  user: item.map(() => 'u'),
  item,
  domain: item.map((name) => name.slice(0, -1)),
})
const split = { name: 'none', part: new Uint8Array(item.length) }
const BOOKS = 0b001
const TOYS = 0b100
const ALL = 0b111

const batchOf = (items: number[], targets: number[], length = 4): SequenceBatch => {
  const size = items.length / length
  return { size, length, user: new Int32Array(size), items: Int32Array.from(items), targets: Int32Array.from(targets) }
}
const batch = batchOf([1, 5, 2, 9, 0, 6, 3, 10], [5, 2, 9, 4, 0, 3, 10, 7])

const made: { dispose(): Promise<void> }[] = []
afterAll(async () => {
  for (const one of made) await one.dispose()
})

function trainerOf(set: Record<string, unknown> = {}) {
  const options = { width: 8, inner: 8, heads: 1, layers: 1, maxLength: 6, dropout: 0, learningRate: 0.05, ...set }
  const { config } = parseConfig(cgrec, options)
  const model = cgrec.create(config, dataset, split, { seed: 3, threads: 1 }) as CGRec
  // Vectors long enough that what is seen matters.
  const rng = createRng(9)
  for (const tensor of model.weights().values())
    for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = tensor.data[i] + 0.4 * rng.normal()
  model.table.tensor.data.fill(0, 0, 8)
  const trainer = createTrainer(model, config, { dataset, split })
  made.push(model)
  const negatives = batch.targets.map((target) => (target === 0 ? 0 : target % 4 === 0 ? target - 1 : target + 1))
  return {
    lossesOf: (coalition: number, of = batch) => trainer.lossesOf(coalition, of, negatives, createRng(5)),
    async step(of = batch, anew = true) {
      const losses = await trainer.step(of, negatives, createRng(5), { anew })
      return { losses, trust: trainer.trust()! }
    },
    state: trainer.state,
    weights: () => [...model.weights().keys()],
  }
}
const signalOf = ({ trust }: { trust: Trust }, wanted: string) => trust.signals.find(({ name }) => name === wanted)
const shapleyOf = (stepped: { trust: Trust }) => [...signalOf(stepped, 'shapley')!.values]
const lambdaOf = (stepped: { trust: Trust }) => [...signalOf(stepped, 'lambda')!.values]

describe.each(['softmax', 'sampled-softmax', 'bpr', 'bce'])('the losses of a coalition: %s', (loss) => {
  const { lossesOf } = trainerOf({ loss, samples: 3 })

  it('do not depend on items that it does not see', async () => {
    const other = batchOf([1, 7, 2, 12, 0, 8, 3, 11], [...batch.targets])
    expect(await lossesOf(BOOKS, other)).toEqual(await lossesOf(BOOKS))
    // Games and toys are not predicted by it.
    expect([...(await lossesOf(BOOKS))].map(Number.isFinite)).toEqual([true, false, false])
  })

  it('depend on those that it does see, and on their order', async () => {
    const [seen] = await lossesOf(BOOKS)
    expect((await lossesOf(BOOKS, batchOf([1, 5, 4, 9, 0, 6, 3, 10], [...batch.targets])))[0]).not.toBe(seen)
    expect((await lossesOf(BOOKS | TOYS))[0]).not.toBe(seen)
    expect((await lossesOf(BOOKS, batchOf([2, 5, 1, 9, 0, 6, 3, 10], [...batch.targets])))[0]).not.toBe(seen)
  })

  it('of all domains are those of the update', async () => {
    const { lossesOf, step } = trainerOf({ loss, samples: 3, ablation: 'shapley' })
    const losses = await lossesOf(ALL)
    const { items } = (await step()).losses
    // Three targets among books, two each among games and toys.
    expect(items).toBeCloseTo((3 * losses[0] + 2 * losses[1] + 2 * losses[2]) / 7, 5)
  })
})

describe('a step', () => {
  it('measures Shapley values and weighs losses by them, as by hand', async () => {
    const { lossesOf, step } = trainerOf({ beta: 0.3, temperature: 0.1 })
    const loss: number[][] = []
    for (let coalition = 1; coalition < 8; coalition++) loss[coalition] = [...(await lossesOf(coalition))]
    // What j adds to the prediction of d: half of it alone, half of it beside the third domain.
    const adds = (j: number, d: number) => {
      const [own, third] = [1 << d, 1 << (3 - j - d)]
      const saved = (before: number) => loss[before][d] - loss[before | (1 << j)][d]
      return (saved(own) + saved(own | third)) / 2
    }
    const shapley = [0, 1, 2].map((j) => {
      const targets = [0, 1, 2].filter((d) => d !== j)
      return (adds(j, targets[0]) + adds(j, targets[1])) / 2
    })
    const odds = shapley.map((value) => Math.exp((0.3 * value) / 0.1))
    const lambda = odds.map((e) => (3 * e) / odds.reduce((a, b) => a + b, 0))
    const first = await step()
    for (const j of [0, 1, 2]) {
      expect(shapleyOf(first)[j]).toBeCloseTo(shapley[j], 5)
      expect(lambdaOf(first)[j]).toBeCloseTo(lambda[j], 5)
    }
    expect(Math.max(...lambda) / Math.min(...lambda)).toBeGreaterThan(1.1)
    const weighed = [3, 2, 2].map((n, d) => (n * lambda[d] * loss[ALL][d]) / 7)
    const { items, loss: total, coarse } = first.losses
    expect(items).toBeCloseTo(weighed[0] + weighed[1] + weighed[2], 5)
    expect(total).toBeCloseTo(items + 0.1 * coarse, 5)
  })

  it('keeps α of the standing that the domains had', async () => {
    const { step, state } = trainerOf({ alpha: 0.5, beta: 0.25 })
    const values = [shapleyOf(await step()), shapleyOf(await step())]
    const standing = values[0].map((value, d) => 0.5 * 0.25 * value + 0.25 * values[1][d])
    for (const [d, expected] of standing.entries()) expect(state.get('standing')!.data[d]).toBeCloseTo(expected, 6)
  })

  it('between two measurements uses the last one', async () => {
    const { step } = trainerOf()
    const first = await step()
    const second = await step(batch, false)
    expect([shapleyOf(second), lambdaOf(second)]).toEqual([shapleyOf(first), lambdaOf(first)])
    expect(shapleyOf(await step())).not.toEqual(shapleyOf(first))
  })

  it('leaves the standing of domains that are absent as it was', async () => {
    const { step, state } = trainerOf({ beta: 1 })
    await step()
    const before = [...state.get('standing')!.data]
    // Books are predicted from games; toys are neither seen nor predicted, and books are not seen.
    const without = await step(batchOf([5, 6, 7, 8], [1, 2, 3, 4]))
    const after = [...state.get('standing')!.data]
    expect([after[0], after[2]]).toEqual([before[0], before[2]])
    expect(after[1]).not.toBe(before[1])
    expect(lambdaOf(without).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(3, 9)
  })

  it('of one domain alone has nothing to weigh', async () => {
    const { step } = trainerOf()
    const alone = await step(batchOf([1, 2, 3, 4], [2, 3, 4, 1]))
    expect([shapleyOf(alone), lambdaOf(alone)]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ])
  })

  it('samples the values of more domains than are exact, on average rightly', async () => {
    const exact = shapleyOf(await trainerOf().step())
    // Of three domains all six orders are drawn in time; the error of 400 drawn ones is a few percent of the spread.
    const sampled = shapleyOf(await trainerOf({ exactDomains: 0, orders: 400 }).step())
    const spread = Math.max(...exact.map((value) => Math.abs(value)))
    for (const [d, value] of exact.entries()) expect(Math.abs(sampled[d] - value)).toBeLessThan(0.15 * spread)
    expect(sampled).not.toEqual(exact)
  })

  it('lowers its loss, also without a part of the method, whose weights and terms are then gone', async () => {
    const head = (name: string) => /^(coarse|fine)\//.test(name)
    for (const ablation of ['none', 'shapley', 'hierarchy']) {
      const { step, weights } = trainerOf({ ablation })
      const first = await step()
      let last = first
      for (let i = 0; i < 30; i++) last = await step()
      expect(last.losses.loss).toBeLessThan(0.5 * first.losses.loss)
      expect(weights().some(head)).toBe(ablation !== 'hierarchy')
      expect('coarse' in last.losses).toBe(ablation !== 'hierarchy')
      expect(signalOf(last, 'shapley') !== undefined).toBe(ablation !== 'shapley')
      if (ablation === 'shapley') expect(lambdaOf(last)).toEqual([1, 1, 1])
    }
  })

  it('is refused where its logits would not fit into memory', async () => {
    const { step } = trainerOf()
    const many = 40_000_000
    const huge = { ...batch, targets: { length: many } as Int32Array }
    await expect(step(huge)).rejects.toMatchObject({ code: 'bad-config' })
  })
})
