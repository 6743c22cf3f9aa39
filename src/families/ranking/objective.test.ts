import { describe, expect, it } from 'vitest'
import { createRng } from '../../math/index.ts'
import { normal } from '../../nn/parameters.ts'
import { createTable } from '../../nn/table.ts'
import { compile, input, multiply } from '../../tensor/index.ts'
import { RANKING_LOSSES, rankingLoss } from './objective.ts'

describe('sampled softmax', () => {
  it('is the cross-entropy of corrected logits over the target and the samples that are not it', async () => {
    const [V, d, samples] = [9, 4, 6]
    const table = createTable('items', V, d, normal(1), createRng(1))
    // Domains 1 … 4 and 5 … 8; item 2 was seen thrice, the others less.
    const catalogue = { domainStart: Int32Array.of(1, 5, 9), counts: [0, 1, 3, 0, 2, 1, 1, 1, 0] }
    const objective = rankingLoss('sampled-softmax', input('states', ['N', d]), table, catalogue, { samples })
    const program = await compile({ loss: objective.loss }, { executor: 'reference' })
    const items = Int32Array.of(2, 0, 7, 4, 5)
    const rng = createRng(2)
    const states = Float32Array.from({ length: items.length * d }, () => rng.normal())
    const feeds = objective.feeds({ items, negatives: undefined, total: 4 }, createRng(3))
    const run = await program.run({ states: { shape: [items.length, d], data: states }, items: table.tensor, ...feeds })

    const score = (i: number, item: number) =>
      Array.from({ length: d }, (_, j) => states[i * d + j] * table.tensor.data[item * d + j]).reduce((a, b) => a + b)
    const shareOf = (item: number) => {
      const [start, end] = item < 5 ? [1, 5] : [5, 9]
      const seen = catalogue.counts.slice(start, end).reduce((sum, count) => sum + count + 1, 0)
      return (catalogue.counts[item] + 1) / seen
    }
    let expected = 0
    for (const [i, target] of items.entries()) {
      if (target === 0) continue
      const drawn = [...feeds[`samples${target < 5 ? 0 : 1}`].data]
      for (const item of drawn) expect(item < 5).toBe(target < 5)
      const corrected = (item: number) => score(i, item) - Math.log(shareOf(item))
      const all = [target, ...drawn.filter((item) => item !== target)].map((item) => Math.exp(corrected(item)))
      expected += (Math.log(all.reduce((a, b) => a + b)) - corrected(target)) / 4
    }
    expect(run.loss.data[0]).toBeCloseTo(expected, 5)
    await program.dispose()
  })

  it('draws items by how often they were seen, plus one', () => {
    const table = createTable('items', 4, 4, normal(1), createRng(1))
    const catalogue = { domainStart: Int32Array.of(1, 4), counts: [0, 0, 2, 5] }
    const objective = rankingLoss('sampled-softmax', input('states', ['N', 4]), table, catalogue, { samples: 20_000 })
    const feeds = objective.feeds({ items: Int32Array.of(1), negatives: undefined, total: 1 }, createRng(5))
    const share = (item: number) => (feeds.samples0.data as Int32Array).filter((id) => id === item).length / 20_000
    // Four standard deviations of a share of 20,000 draws are at most .0142.
    for (const [item, expected] of [0.1, 0.3, 0.6].entries())
      expect(Math.abs(share(item + 1) - expected)).toBeLessThan(0.0142)
  })
})

describe('the loss of each position', () => {
  it.each(RANKING_LOSSES)('adds up to the mean over targets: %s', async (name) => {
    const [V, d] = [9, 4]
    const table = createTable('items', V, d, normal(1), createRng(1))
    const catalogue = { domainStart: Int32Array.of(1, 5, 9), counts: new Array(V).fill(1) }
    const { each, loss, feeds } = rankingLoss(name, input('states', ['N', d]), table, catalogue, { samples: 3 })
    const program = await compile({ each, loss }, { executor: 'reference' })
    const items = Int32Array.of(7, 0, 2, 5, 0, 1)
    const rng = createRng(2)
    const states = Float32Array.from({ length: items.length * d }, () => rng.normal())
    const run = await program.run({
      states: { shape: [items.length, d], data: states },
      items: table.tensor,
      ...feeds({ items, negatives: Int32Array.of(8, 0, 3, 6, 0, 4), total: 4 }, createRng(3)),
    })
    const losses = run.each.data
    expect(losses).toHaveLength(items.length)
    const mean = items.reduce((sum, item, i) => sum + (item === 0 ? 0 : losses[i] / 4), 0)
    expect(run.loss.data[0]).toBeCloseTo(mean, 5)
    expect(new Set(losses).size).toBeGreaterThan(3)
    await program.dispose()
  })

  it.each(RANKING_LOSSES)('is the same of vectors that a graph makes: %s', async (name) => {
    const [V, d] = [9, 4]
    const table = createTable('items', V, d, normal(1), createRng(1))
    const catalogue = { domainStart: Int32Array.of(1, 5, 9), counts: new Array(V).fill(1) }
    const states = input('states', ['N', d])
    const made = multiply(input('half', [V, d]), 2)
    const [ofTable, ofGraph] = [table, made].map((items) => rankingLoss(name, states, items, catalogue, { samples: 3 }))
    expect(ofGraph.reads).toEqual([])
    const program = await compile({ table: ofTable.loss, graph: ofGraph.loss }, { executor: 'reference' })
    const rng = createRng(2)
    const run = await program.run({
      states: { shape: [3, d], data: Float32Array.from({ length: 3 * d }, () => rng.normal()) },
      items: table.tensor,
      half: { shape: [V, d], data: table.tensor.data.map((x) => x / 2) },
      ...ofTable.feeds({ items: Int32Array.of(7, 0, 2), negatives: Int32Array.of(8, 0, 3), total: 2 }, createRng(3)),
    })
    expect(run.graph.data[0]).toBeCloseTo(run.table.data[0], 6)
    await program.dispose()
  })
})
