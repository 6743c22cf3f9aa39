import { z } from 'zod'
import {
  type Build,
  defineLabelModel,
  evenWeights,
  labelOptions,
  labelStep,
  type Network,
  type Side,
  trainingLoss,
  trainOnBehaviors,
} from '../../families/two-sided/index.ts'
import { gru, linear, type Parameters, xavierUniform, zeros } from '../../nn/index.ts'
import {
  add,
  concat,
  constant,
  type Dim,
  divide,
  expand,
  matmul,
  mean,
  multiply,
  reshape,
  type Sym,
  sigmoid,
  slice,
  softmax,
  square,
  subtract,
  sum,
  tanh,
} from '../../tensor/index.ts'

const config = z.object({
  width: z
    .int()
    .min(1)
    .default(32)
    .describe('width of the vectors of items and of categories; a user vector is twice as wide'),
  hidden: z.int().min(1).default(128).describe('width of the states of the recurrences'),
  history: z.int().min(1).default(10).describe('liked items of each side that are read, at most'),
  attention: z.int().min(1).default(20).describe('hidden units of the attention'),
  pooled: z
    .enum(['own', 'both'])
    .default('own')
    .describe('whether the weighted sum is over the states of a side itself or over those of both sides'),
  layers: z.array(z.int().min(1)).default([80, 40]).describe('sigmoid units of the layers of each tower'),
  dropout: z.number().min(0).max(0.99).default(0.1).describe('dropout of the attended states'),
  mapping: z
    .number()
    .min(0)
    .default(0.1)
    .describe("weight of the penalty that ties a user's two vectors by an orthogonal map; 0 leaves it out"),
  ...labelOptions({ batchSize: 32, learningRate: 0.001 }),
})

type Config = z.output<typeof config>

// Weights, with d = `width`, h = `hidden` and a side {target, source}: tables `item`, `category` [·, d], `user/side` [·, 2d], `item/bias` and
// `user/side/bias` [·, 1]; `side/gru0/{input,state}/{weight,bias}`; `side/attention/{weight [h, a], bias [a], vector [a]}`; the batch norm
// `side/norm`; `side/layer{i}/{weight,bias}`, `side/output/{weight [·], bias [1]}`; `mapping` [2d, 2d].

interface States {
  /** [N, L, h] */
  readonly states: Sym
  /** [N, L] */
  readonly keep: Sym
}

function network(config: Config, build: Build): Network {
  const { width, history: length } = config
  const { parameters } = build
  const user = (side: Side, ids: Sym) => build.embed('user', ids, 2 * width, `user/${side}`)
  const item = (items: Sym, categories: Sym) =>
    concat([build.embed('item', items, width), build.embed('category', categories, width)], -1) // [..., 2d]

  /** The states that one side's history leaves, of the users of the behaviors of either side. */
  const read = (behaviorsOf: Side, side: Side): States => {
    const behaviors = build[behaviorsOf]
    const { items, categories, keep } = behaviors.history(side, length)
    const [N] = behaviors.user.shape as [Dim]
    const users = expand(reshape(user(side, behaviors.user), [N, 1, 2 * width]), [N, length, 2 * width])
    const x = concat([item(items, categories), users], 2) // [N, L, 4d]
    const states = gru(parameters, `${side}/gru`, x, keep, { width: 4 * width, hidden: config.hidden, layers: 1 })
    return { states, keep }
  }
  const logit = (side: Side): Sym => {
    const behaviors = build[side]
    const other: Side = side === 'target' ? 'source' : 'target'
    const cross = config.source === 'none' ? undefined : read(side, other)
    const preference = attend(config, parameters, `${side}/attention`, read(side, side), cross) // [N, h]
    const x = concat(
      [
        build.dropout.apply(`${side}/dropout`, preference),
        item(behaviors.item, behaviors.category),
        user(side, behaviors.user),
      ],
      1,
    )
    const [N, inputs] = x.shape as [Dim, number]
    const biases = [
      build.embed('user', behaviors.user, 1, `user/${side}/bias`),
      build.embed('item', behaviors.item, 1, 'item/bias'),
    ].map((bias) => reshape(bias, [N]))
    return [tower(config, parameters, side, build.batchNorm(`${side}/norm`, x, inputs)), ...biases].reduce((a, b) =>
      add(a, b),
    )
  }

  return {
    target: logit('target'),
    source: config.source === 'loss' ? logit('source') : undefined,
    penalty:
      config.source === 'none' || config.mapping === 0
        ? undefined
        : multiply(
            mappingPenalty(parameters, user('source', build.target.user), user('target', build.target.user)),
            config.mapping,
          ),
    features: (_side, items, categories) => item(items, categories),
    featureWidth: 2 * width,
    heads: ['target', 'source'].flatMap((side) => [`${side}/output/weight`, `${side}/output/bias`]),
  }
}

/** Additive attention over the states of both sides, of which those of `pooled` are summed by their weights. [N, h] */
function attend(
  { attention, hidden, pooled }: Config,
  parameters: Parameters,
  name: string,
  own: States,
  cross: States | undefined,
): Sym {
  const states = cross === undefined ? own.states : concat([own.states, cross.states], 1)
  const keep = cross === undefined ? own.keep : concat([own.keep, cross.keep], 1)
  const units = tanh(linear(parameters, name, states, [hidden, attention], xavierUniform(hidden, attention)))
  const vector = parameters.declare(`${name}/vector`, [attention], xavierUniform(attention, 1))
  const energy = add(sum(multiply(units, vector), 2), multiply(subtract(keep, 1), 1e9))
  const weight = multiply(softmax(energy), keep) // α over both sides
  const [N, L] = own.keep.shape as [Dim, Dim]
  // The weights of one side are not renormalized: what the other side draws is missing from the sum.
  const [weights, summed, length] =
    pooled === 'both' ? [weight, states, keep.shape[1]] : [slice(weight, 1, 0, L), own.states, L]
  return reshape(matmul(reshape(weights, [N, 1, length]), summed), [N, hidden])
}

/** Sigmoid layers and a logit: [N, inputs] → [N]. */
function tower({ layers }: Config, parameters: Parameters, side: Side, x: Sym): Sym {
  let h = x
  for (const [i, width] of layers.entries()) {
    const inputs = h.shape[1] as number
    h = sigmoid(linear(parameters, `${side}/layer${i}`, h, [inputs, width], xavierUniform(inputs, width)))
  }
  const inputs = h.shape[1] as number
  const weight = parameters.declare(`${side}/output/weight`, [inputs], xavierUniform(inputs, 1))
  return add(sum(multiply(h, weight), 1), parameters.declare(`${side}/output/bias`, [1], zeros))
}

/**
 * How far a user's source vector, mapped, is from the target vector, and the map from an orthogonal one:
 * mean ‖u_s M − u_t‖² + ‖Mᵀ M − I‖² / width. Scalar.
 */
function mappingPenalty(parameters: Parameters, fromSource: Sym, ofTarget: Sym): Sym {
  const width = fromSource.shape[1] as number
  // Before training a user is the same in both domains as far as their vectors are.
  const map = parameters.declare('mapping', [width, width], (data) => data.set(identity(width)))
  const distance = mean(sum(square(subtract(matmul(fromSource, map), ofTarget)), 1))
  const excess = subtract(matmul(map, map, { transposeA: true }), constant(identity(width), [width, width]))
  return add(distance, divide(sum(square(excess)), width))
}

/** The identity matrix, row by row. */
function identity(width: number): number[] {
  return Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0))
}

export const dasl = defineLabelModel({
  name: 'dasl',
  summary:
    'recurrences over what was liked in each domain, one attention over both, user vectors tied by an orthogonal map',
  paper: {
    title: 'Dual Attentive Sequential Learning for Cross-Domain Click-Through Rate Prediction',
    year: 2021,
    venue: 'KDD',
  },
  config,
  network,
  train(model, config, context) {
    const step = labelStep(model, config, (graph) => trainingLoss(graph, evenWeights(graph, config.sourceWeight)))
    return trainOnBehaviors(model, config, context, step)
  },
})
