import { z } from 'zod'
import {
  defineFactorModel,
  factorOptions,
  trainingInteractions,
  trainOnPairs,
  userRow,
} from '../../families/factors/index.ts'
import { lossCatalogue, rankingLoss } from '../../families/ranking/index.ts'
import { adam, gatheredRows, gradientStep } from '../../nn/index.ts'
import { gather, input } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of user and item vectors'),
  ...factorOptions({ unit: 'interactions' }),
})

export const bprmf = defineFactorModel({
  name: 'bprmf',
  summary: 'matrix factorization: a vector for each user and item, learned by comparing pairs',
  paper: { title: 'BPR: Bayesian Personalized Ranking from Implicit Feedback', year: 2009, venue: 'UAI' },
  config,
  deviation: ({ width }) => 0.1 / Math.sqrt(width),
  train(model, config, context) {
    const { users, items, programs } = model
    const states = gather(users.symbol, input('ids', ['N'], 'int32')) // [N, d]
    // BPR-Opt where loss=bpr: −log σ of how much better the user likes the target than an item that the user does not know.
    const ranking = rankingLoss(config.loss, states, items, lossCatalogue(context, config.negatives), config)
    const update = gradientStep({
      loss: ranking.loss,
      reads: [gatheredRows(users, states, 'ids'), ...ranking.reads],
      optimizer: adam(config),
      dense: config.adam === 'dense',
      programs,
    })
    return trainOnPairs('bprmf', model, config, context, trainingInteractions(context), {
      state: update.state,
      async run({ size, user, targets }, negatives, rng) {
        const ids = { shape: [size], data: user.map(userRow) }
        const { loss } = await update.run({
          ids,
          ...ranking.feeds({ items: targets, negatives, total: size }, rng.split('loss')),
        })
        return { loss }
      },
    })
  },
})
