import { z } from 'zod'
import {
  type Behaviors,
  type Build,
  defineLabelModel,
  evenWeights,
  labelOptions,
  labelStep,
  type Network,
  trainingLoss,
  trainOnBehaviors,
} from '../../families/two-sided/index.ts'
import { zeros } from '../../nn/index.ts'
import { add, concat, reshape, type Sym } from '../../tensor/index.ts'

const config = z.object({
  ...labelOptions({ batchSize: 64, learningRate: 0.003, weightDecay: 0 }),
  source: z
    .enum(['loss', 'none'])
    .default('loss')
    .describe('whether source behaviors are trained on as well (loss) or not looked at (none, the -S form)'),
})

// Weights: tables `user`, `item`, `category` [·, 1]; `bias` [1].
function network({ source }: z.output<typeof config>, { parameters, embed, ...sides }: Build): Network {
  const bias = parameters.declare('bias', [1], zeros)
  const logit = ({ user, item, category }: Behaviors): Sym => {
    const weights = [embed('user', user, 1), embed('item', item, 1), embed('category', category, 1)] // [N, 1] each
    return reshape(
      weights.reduce((total, weight) => add(total, weight), bias),
      user.shape,
    )
  }
  return {
    target: logit(sides.target),
    source: source === 'loss' ? logit(sides.source) : undefined,
    features: (_side, items, categories) => concat([embed('item', items, 1), embed('category', categories, 1)], -1),
    featureWidth: 2,
    heads: ['bias'],
  }
}

export const lr = defineLabelModel({
  name: 'lr',
  summary: 'logistic regression: a weight for each user, item and category, the same in all domains; a control',
  config,
  network,
  train(model, config, context) {
    const step = labelStep(model, config, (graph) => trainingLoss(graph, evenWeights(graph, config.sourceWeight)))
    return trainOnBehaviors(model, config, context, step)
  },
})
