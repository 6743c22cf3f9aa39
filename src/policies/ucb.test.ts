import { describe, expect, it } from 'vitest'
import { simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { parseConfig } from '../core/index.ts'
import { ucb } from './ucb.ts'

// Items 1, 2, 3 have 3, 2 and 1 training rows.
const dataset = simulatedWorld({
  rewards: [
    [3, 2, 1],
    [3, 2, 1],
    [3, 2, 1],
  ],
  log: [
    [0, 0, 3],
    [1, 0, 3],
    [2, 0, 3],
    [0, 1, 2],
    [1, 1, 2],
    [0, 2, 1],
  ],
})

/** Predicts 3, 2, 1 for items 1, 2, 3. */
async function scores(set: Readonly<Record<string, unknown>>, history: readonly number[]) {
  const { config } = parseConfig(ucb, { hidden: [4], ...set })
  const split = { name: 'all', part: new Uint8Array(dataset.log.length) }
  const model = ucb.create(config, dataset, split, { seed: 1, threads: 1 })
  const weights = new Map([...model.weights()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
  for (const { data } of weights.values()) data.fill(0)
  weights.get('member0/linear/item')!.data.set([0, 3, 2, 1])
  model.load(weights)
  const query = { user: 0, history: Int32Array.from(history), domain: 0 }
  const found = await model.score([query], { start: 1, end: 4 })
  await model.dispose()
  return [...found]
}
const index = (mean: number, n: number, total: number, factor = 1) =>
  mean + factor * Math.sqrt((2 * Math.log(total)) / n)
const expectNear = (found: readonly number[], right: readonly number[]) => {
  expect(found).toHaveLength(right.length)
  for (const [i, x] of right.entries()) expect(found[i]).toBeCloseTo(x, 5)
}

describe('the score of ucb', () => {
  it('is the prediction and √(2 ln N / n), n beginning at 1 and counting training rows', async () => {
    expectNear(await scores({}, []), [index(3, 4, 9), index(2, 3, 9), index(1, 2, 9)])
  })

  it('counts the recommendations of the episode in every turn', async () => {
    expectNear(await scores({}, [3, 3, 2]), [index(3, 4, 12), index(2, 4, 12), index(1, 4, 12)])
  })

  it('with counts=episode begins with 1 for all', async () => {
    expectNear(await scores({ counts: 'episode' }, [2]), [index(3, 1, 4), index(2, 2, 4), index(1, 1, 4)])
  })

  it('with bound=first is the prediction alone after the first turn', async () => {
    const set = { bound: 'first', counts: 'episode' }
    expectNear(await scores(set, []), [index(3, 1, 3), index(2, 1, 3), index(1, 1, 3)])
    expectNear(await scores(set, [3]), [3, 2, 1])
  })

  it('weighs the bound by exploration, down to the prediction alone', async () => {
    expectNear(await scores({ exploration: 4 }, []), [index(3, 4, 9, 4), index(2, 3, 9, 4), index(1, 2, 9, 4)])
    expectNear(await scores({ exploration: 0 }, [1]), [3, 2, 1])
  })
})
