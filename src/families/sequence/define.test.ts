import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cycleWorld } from '../../contract/worlds.ts'
import { parseConfig } from '../../core/index.ts'
import { prefixBatches, sequenceBatches, trainingSequences } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { adam, causalMask, linear, paddedCausalMask } from '../../nn/index.ts'
import { type Dim, input, matmul, reshape, type Sym, slice, softmax, tanh } from '../../tensor/index.ts'
import { lossCatalogue, objectiveOptions, rankingLoss, trainingOptions } from '../ranking/index.ts'
import { defineSequenceModel, type SequenceModel, sequenceOptions, sequenceStep, trainOnSequences } from './index.ts'

const config = z.object({
  width: z.int().default(8),
  dropout: z.number().default(0),
  ...sequenceOptions(),
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.01, batchSize: 16, epochs: 2, patience: 0 }),
})

/** tanh of a linear map of the average of the past: at every position, or that of the last position alone. */
const average = (trained: 'every' | 'last') =>
  defineSequenceModel({
    name: 'average',
    summary: 'a map of the average',
    config,
    itemDeviation: 0.1,
    encoder: ({ width }, parameters) => ({
      encode({ rows, keep, dropout }) {
        const [B, T] = keep.shape as [Dim, Dim]
        const past = softmax(reshape(paddedCausalMask(keep, input('causal', [T, T])), [B, T, T]))
        const mean = matmul(past, dropout.apply('embedding', rows)) // [B, T, d]
        const states = trained === 'last' ? slice(mean, 1, `${T}-1`, T) : mean
        return tanh(linear(parameters, 'output', states, [width, width]))
      },
      feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
    }),
    train(model, config, context) {
      const catalogue = lossCatalogue(context, config.negatives)
      const lossOf = (states: Sym) => rankingLoss(config.loss, states, model.table, catalogue, config)
      const batches = trained === 'last' ? prefixBatches : sequenceBatches
      return trainOnSequences(model, config, context, batches, sequenceStep(model, config, lossOf))
    },
  })

const world = cycleWorld()
const { dataset, split } = world
const context = { seed: 1, threads: 1 }

describe('an encoder of whole histories', () => {
  it.each(['softmax', 'bpr'] as const)('learns from prefixes what one of every position learns: %s', async (loss) => {
    const one = { user: Int32Array.of(3), items: Int32Array.of(4, 2, 7, 1, 5, 3), offsets: Int32Array.of(0, 6) }
    const positions = { size: 1, length: 5, user: one.user, items: one.items.slice(0, 5), targets: one.items.slice(1) }
    const [prefixes] = prefixBatches(one, { maxLength: 5, batchSize: 5, bucket: true, rng: createRng(1) })
    // The negative of a target is the same in both, whatever the order.
    const negative = (target: number) => (target === 0 ? 0 : 8 - (target % 3))
    const stepsOf = async (trained: 'every' | 'last') => {
      const spec = average(trained)
      const { config } = parseConfig(spec, { loss })
      const model = spec.create(config, dataset, split, context) as SequenceModel
      const catalogue = lossCatalogue(world, 'domain')
      const { run } = sequenceStep(
        model,
        config,
        (states) => rankingLoss(loss, states, model.table, catalogue, config),
        adam({ learningRate: 0.1, beta1: 0, beta2: 0.5, epsilon: 1 }),
      )
      const batch = trained === 'last' ? prefixes : positions
      const losses: number[] = []
      for (let step = 0; step < 3; step++)
        losses.push((await run(batch, batch.targets.map(negative), createRng(step), step)).loss)
      const scores = await model.score([{ history: one.items, domain: 0 }], { start: 1, end: 9 })
      const weights = [...model.weights().values()].flatMap(({ data }) => [...data])
      await model.dispose()
      return [...losses, ...scores, ...weights]
    }
    const [every, last] = [await stepsOf('every'), await stepsOf('last')]
    expect(every[2]).toBeLessThan(every[0])
    expect(last).toHaveLength(every.length)
    expect(Math.max(...every.map((x, i) => Math.abs(x - last[i])))).toBeLessThan(1e-6)
  })

  it('is trained on every prefix once an epoch, from a spectral start', async () => {
    const { items, user } = trainingSequences(dataset, split)
    for (const targets of ['every', 'last'] as const) {
      const spec = average(targets)
      const { config } = parseConfig(spec, {})
      const model = spec.create(config, dataset, split, context)
      const seen = [0, 0, 0]
      const validate = async () => ({ 'ndcg@10': 0 })
      for await (const event of spec.train(model, config, { ...context, dataset, split, validate }))
        if (event.type === 'step') seen[event.epoch] += event.examples
      const examples = targets === 'last' ? items.length - user.length : user.length
      expect(seen).toEqual([0, examples, examples])
      await model.dispose()
    }
  })
})
