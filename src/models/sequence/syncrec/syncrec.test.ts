import { describe, expect, it } from 'vitest'
import { trainInMemory } from '../../../contract/train-in-memory.ts'
import { noiseDomainWorld } from '../../../contract/worlds.ts'
import { domainOfItem, type Model, type TrainEvent } from '../../../core/index.ts'
import { negativeSampler, sequenceBatches, trainingSequences } from '../../../data/index.ts'
import { createRng } from '../../../math/index.ts'
import { syncrec } from './index.ts'
import { negativesOfBoth } from './train.ts'
import { singleViews, startedBatch } from './views.ts'

const world = noiseDomainWorld({ users: 20 })
const { dataset, split } = world
const [first, second] = [0, 1].map((d) => dataset.domainStart[d])
const range = { start: 1, end: dataset.items.size }
const small = {
  width: 8,
  experts: 2,
  crossExperts: 1,
  layers: 1,
  dropout: 0,
  maxLength: 6,
  epochs: 1,
  branch: 'cross',
}

/** The scores of histories in a domain, with weights so large that everything shows. */
async function scoresOf(set: Readonly<Record<string, unknown>>, histories: readonly number[][], domain: number) {
  const { model } = await trainInMemory(syncrec, { ...small, ...set }, world)
  for (const { data } of model.weights().values()) for (let i = 0; i < data.length; i++) data[i] *= 5
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain }))
  const scores = await model.score(queries, range)
  await model.dispose()
  const width = range.end - range.start
  return histories.map((_, q) => [...scores.subarray(q * width, (q + 1) * width)])
}

describe('the single-domain branch as the answer', () => {
  it('reads nothing of other domains', async () => {
    const histories = [
      [first, first + 1],
      [second, first, second + 1, first + 1],
      [first + 1, first],
    ]
    const [own, mixed, reversed] = await scoresOf({ branch: 'single' }, histories, 0)
    expect(mixed).toEqual(own)
    expect(reversed).not.toEqual(own)
    const [read, ignored] = await scoresOf({}, histories, 0)
    expect(ignored).not.toEqual(read)
  })

  it('knows its domain where a user is new there, by its start', async () => {
    const [stranger, other] = await scoresOf({ branch: 'single' }, [[], [second]], 0)
    expect(other).toEqual(stranger)
    expect(new Set(stranger).size).toBeGreaterThan(5)
    const [nothing] = await scoresOf({ branch: 'single', start: false }, [[second]], 0)
    expect(new Set(nothing).size).toBe(1)
  })
})

it('trains alone on each domain as its own twin', async () => {
  const { model } = await trainInMemory(syncrec, { ...small, sequences: 'single' }, world)
  const { twins } = model as Model & { twins: unknown[] }
  expect(twins).toHaveLength(2)
  await model.dispose()
})

it.each([
  ['softmax', {}],
  ['bpr', {}],
  ['bce', { window: 'mixed', start: false }],
] as const)('learns under loss %s', async (loss, set) => {
  const losses: number[] = []
  const onEvent = (event: TrainEvent) => {
    if (event.type === 'epoch' && 'loss' in event.losses) losses.push(event.losses.loss)
  }
  const { model } = await trainInMemory(syncrec, { ...small, ...set, loss, epochs: 6, learningRate: 0.01 }, world, {
    onEvent,
  })
  expect(losses).toHaveLength(6)
  expect(losses[5]).toBeLessThan(losses[0])
  await model.dispose()
})

it('draws a negative of its own domain, unknown to the user, for each target of both tasks, the same for the same event', () => {
  const options = { maxLength: 4, batchSize: 20, bucket: true, rng: createRng(1) }
  const [batch] = sequenceBatches(trainingSequences(dataset, split), options)
  const sampler = negativeSampler(dataset, 'domain')
  const started = startedBatch(batch, 8)
  const views = singleViews(started, dataset, {
    maxLength: 8,
    start: true,
    earlier: (b) => Int32Array.of(first, second + (b % 2)),
  })
  const given = sampler.forBatch(batch, createRng(2))
  const { mixed, single } = negativesOfBoth(batch, given, started, views, sampler, createRng(3))
  const { log } = dataset
  const check = (targets: Int32Array, negatives: Int32Array, length: number) => {
    for (const [at, target] of targets.entries()) {
      if (target === 0) continue
      const user = batch.user[Math.floor(at / length)]
      const mine = log.item.subarray(log.userStart[user], log.userStart[user + 1])
      expect(mine).not.toContain(negatives[at])
      expect(domainOfItem(dataset, negatives[at])).toBe(domainOfItem(dataset, target))
    }
  }
  check(started.targets, mixed, started.length)
  check(views.targets, single, views.length)
  for (const [at, place] of views.mixed.entries()) if (place >= 0) expect(single[at]).toBe(mixed[place])
  expect(views.mixed.some((place, at) => place < 0 && views.targets[at] > 0)).toBe(true)
})
