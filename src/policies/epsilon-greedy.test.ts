import { describe, expect, it } from 'vitest'
import { simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { type Policy, parseConfig } from '../core/index.ts'
import { createEnvironment, rollOut } from '../rl/index.ts'
import { epsilonGreedy, logits } from './epsilon-greedy.ts'

/** Probabilities of a draw among the open columns. */
function probabilities(scores: Float32Array, open: readonly number[]): number[] {
  const most = Math.max(...scores)
  const weights = Array.from(scores, (score, column) => open[column] * Math.exp(score - most))
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

describe('the logits of ε-greedy', () => {
  const predicted = Float32Array.of(2, 5, 1, 4, 3)
  const of = (open: readonly number[], epsilon: number, rewards = predicted) => {
    const scores = new Float32Array(rewards.length)
    logits(rewards, Uint8Array.from(open), epsilon, scores)
    return scores
  }

  it.each([
    ['all items', [1, 1, 1, 1, 1], 1],
    ['those that are left', [1, 0, 1, 1, 1], 3],
    ['one item', [0, 0, 1, 0, 0], 2],
  ])('draw the best of %s with 1 − ε + ε / n and every other with ε / n', (_, open, best) => {
    const n = open.reduce((a, b) => a + b, 0)
    for (const epsilon of [0, 0.1, 0.3, 1]) {
      const drawn = probabilities(of(open, epsilon), open)
      for (const [column, probability] of drawn.entries()) {
        const right = column === best ? 1 - epsilon + epsilon / n : open[column] === 1 ? epsilon / n : 0
        expect(Math.abs(probability - right)).toBeLessThanOrEqual(1.1e-4 * right)
      }
    }
  })

  it('put the other items in the order of their predictions', () => {
    const scores = of([1, 1, 1, 1, 1], 0.3)
    expect([...scores.keys()].sort((a, b) => scores[b] - scores[a])).toEqual([1, 3, 4, 0, 2])
  })

  it('are numbers where all predictions are equal, and where nothing is left', () => {
    expect([...of([1, 1], 0.5, Float32Array.of(7, 7))].map((x) => x.toFixed(4))).toEqual(['1.0986', '0.0000'])
    expect(of([0, 0, 0, 0, 0], 0.3).every((x) => Number.isFinite(x) && x <= 0)).toBe(true)
  })
})

describe('ε-greedy in a simulator', () => {
  const items = 10
  const dataset = simulatedWorld({ rewards: Array.from({ length: 3 }, () => new Array(items).fill(1)) })
  const environment = createEnvironment(dataset, { maxLength: 8 })

  /** Untrained but for one weight an item: item 1 is the best, then 2, and so on. */
  function policy(epsilon: number) {
    const { config } = parseConfig(epsilonGreedy, { epsilon, hidden: [4] })
    const split = { name: 'all', part: new Uint8Array(dataset.log.length) }
    const model = epsilonGreedy.create(config, dataset, split, { seed: 1, threads: 1 })
    const weights = new Map(
      [...model.weights()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    )
    for (const { data } of weights.values()) data.fill(0)
    const { data } = weights.get('member0/linear/item')!
    for (let item = 1; item <= items; item++) data[item] = -item
    model.load(weights)
    return model as typeof model & Policy
  }
  const episodes = 600

  it('takes the best item in a share of 1 − ε + ε / n of the turns', async () => {
    const { items: taken } = await rollOut(policy(0.4), environment, { mode: 'free', episodes, seed: 1 })
    const share = taken.filter((item) => item === 1).length / taken.length
    expect(Math.abs(share - (0.6 + 0.4 / items))).toBeLessThan(4 * Math.sqrt(0.24 / taken.length))
  })

  it('without repeats takes the best of what is left as often', async () => {
    const { items: taken } = await rollOut(policy(0.4), environment, { mode: 'noRepeat', episodes, seed: 1 })
    for (const t of [1, 4, 7]) {
      let best = 0
      for (let e = 0; e < episodes; e++) {
        const before = taken.subarray(e * 8, e * 8 + t)
        let left = 1
        while (before.includes(left)) left++
        best += Number(taken[e * 8 + t] === left)
      }
      expect(Math.abs(best / episodes - (0.6 + 0.4 / (items - t)))).toBeLessThan(4 * Math.sqrt(0.25 / episodes))
    }
  })

  it('without ε takes the best items in their order', async () => {
    const { items: taken } = await rollOut(policy(0), environment, { mode: 'noRepeat', episodes: 2, seed: 1 })
    expect([...taken]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('forgets what it predicted when its weights change', async () => {
    const model = policy(0)
    const queries = [{ user: 0, history: new Int32Array(0), domain: 0 }]
    const before = await model.score(queries, { start: 1, end: items + 1 })
    const weights = new Map(
      [...model.weights()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    )
    weights.get('member0/linear/item')!.data.reverse()
    model.load(weights)
    const after = await model.score(queries, { start: 1, end: items + 1 })
    expect(before.indexOf(1e4)).toBe(0)
    expect(after.indexOf(1e4)).not.toBe(0)
  })
})
