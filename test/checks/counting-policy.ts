import { z } from 'zod'
import { defineModel, isPolicy, type Model, type Policy } from '../../src/core/index.ts'
import { loadWeights, trainEpochs } from '../../src/nn/index.ts'
import { LEAVE_RULES } from '../../src/rl/index.ts'

export interface CountingPolicy extends Model, Policy {
  readonly liking: Float32Array
}

/** A policy that nobody would use: each epoch it likes one item more, in the order of their ids. For tests of what surrounds policies. */
export const countingPolicy = defineModel({
  name: 'counting-policy',
  task: 'policy',
  summary: 'likes one item more each epoch',
  config: z.object({
    epochs: z.int().min(1).default(4).describe('epochs'),
    leave: z.array(z.string()).default([]).describe(LEAVE_RULES),
    maxLength: z.int().min(1).default(10).describe('turns'),
    domain: z.string().default('').describe('the domain'),
    worldModel: z.string().default('').describe('a run to open'),
    demonstrations: z.string().default('').describe('a folder to open'),
  }),
  create(_config, { items }): CountingPolicy {
    const liking = new Float32Array(items.size)
    const weights = new Map([['liking', { shape: [items.size], data: liking }]])
    return {
      liking,
      acting: 'sampled',
      remembers: 'episode',
      avoidsLeaving: false,
      weights: () => weights,
      load: (loaded) => loadWeights(weights, loaded),
      async score(queries, { start, end }) {
        const scores = new Float32Array(queries.length * (end - start))
        for (let q = 0; q < queries.length; q++) scores.set(liking.subarray(start, end), q * (end - start))
        return scores
      },
      async dispose() {},
    }
  },
  async *train(model, { epochs, worldModel, demonstrations }, context) {
    if (demonstrations !== '') await context.openDemonstrations!(demonstrations)
    if (worldModel !== '') await (await context.openRun!(worldModel)).dispose()
    if (!isPolicy(model)) throw new Error('not reached')
    yield* trainEpochs(
      {
        epochs,
        patience: 0,
        weights: model.weights(),
        state: new Map(),
        batches: (epoch) => [epoch, epoch],
        async step(epoch) {
          model.liking[1 + (epoch % (model.liking.length - 1))] += 1
          return { return: epoch, rewardError: 1 / epoch }
        },
        size: () => 10,
        validate: async () => ({}),
      },
      context,
    )
  },
})
