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
import { linear, xavierUniform, zeros } from '../../nn/index.ts'
import { add, concat, type Dim, multiply, relu, reshape, type Sym, sum } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(10).describe('of the vectors of users, items and categories'),
  layers: z.array(z.int().min(1)).default([64, 32]).describe('hidden units of the layers of the deep part'),
  dropout: z.number().min(0).max(0.99).default(0).describe('dropout after each hidden layer'),
  ...labelOptions({ batchSize: 64, learningRate: 0.001 }),
  source: z
    .enum(['loss', 'none'])
    .default('loss')
    .describe('whether source behaviors are trained on as well (loss) or not looked at (none, the -S form)'),
})

type Config = z.output<typeof config>

const FIELDS = ['user', 'item', 'category'] as const

// Weights: tables `user`, `item`, `category` [·, d] and `user/weight`, `item/weight`, `category/weight` [·, 1]; `bias` [1];
// `layer{i}/{weight,bias}`, `output` [·].
function network(config: Config, build: Build): Network {
  const { width } = config
  const logit = (name: string, behaviors: Behaviors): Sym => {
    const N = behaviors.user.shape[0] as Dim
    const vectors = FIELDS.map((field) => build.embed(field, behaviors[field], width)) // [N, d] each
    const weights = FIELDS.map((field) => reshape(build.embed(field, behaviors[field], 1, `${field}/weight`), [N]))
    const pairs = vectors.flatMap((a, i) => vectors.slice(0, i).map((b) => sum(multiply(a, b), 1))) // [N] each
    const bias = build.parameters.declare('bias', [1], zeros)
    return [...weights, ...pairs, deep(config, build, name, concat(vectors, 1))].reduce((a, b) => add(a, b), bias)
  }
  return {
    target: logit('target', build.target),
    source: config.source === 'loss' ? logit('source', build.source) : undefined,
    features: (_side, items, categories) =>
      concat([build.embed('item', items, width), build.embed('category', categories, width)], -1),
    featureWidth: 2 * width,
    heads: ['output', 'bias'],
  }
}

/** Hidden layers and a logit: [N, 3d] → [N]. The weights are those of every side; only what is dropped differs. */
function deep({ layers }: Config, { parameters, dropout }: Build, side: string, x: Sym): Sym {
  let h = x
  for (const [i, width] of layers.entries()) {
    const inputs = h.shape[1] as number
    const layer = linear(parameters, `layer${i}`, h, [inputs, width], xavierUniform(inputs, width))
    h = dropout.apply(`${side}/layer${i}/dropout`, relu(layer))
  }
  const inputs = h.shape[1] as number
  return sum(multiply(h, parameters.declare('output', [inputs], xavierUniform(inputs, 1))), 1)
}

export const deepfm = defineLabelModel({
  name: 'deepfm',
  summary: 'a factorization machine and a perceptron over user, item and category, the same in all domains; a control',
  paper: {
    title: 'DeepFM: A Factorization-Machine based Neural Network for CTR Prediction',
    year: 2017,
    venue: 'IJCAI',
  },
  config,
  network,
  train(model, config, context) {
    const step = labelStep(model, config, (graph) => trainingLoss(graph, evenWeights(graph, config.sourceWeight)))
    return trainOnBehaviors(model, config, context, step)
  },
})
