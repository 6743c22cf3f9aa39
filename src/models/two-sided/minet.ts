import { z } from 'zod'
import {
  type Build,
  defineLabelModel,
  evenWeights,
  type History,
  labelOptions,
  labelStep,
  type Network,
  trainingLoss,
  trainOnBehaviors,
} from '../../families/two-sided/index.ts'
import { type Initializer, ones, type Parameters, xavierUniform, zeros } from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  exp,
  matmul,
  multiply,
  relu,
  reshape,
  type Sym,
  slice,
  softmax,
  subtract,
  sum,
} from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(10).describe('k, the width of the vectors of users, items and categories'),
  targetHistory: z.int().min(1).default(10).describe('liked items of the target domain that are attended to, at most'),
  sourceHistory: z.int().min(1).default(20).describe('liked items of the source domains that are attended to, at most'),
  hidden: z.int().min(1).default(64).describe('hidden units of the attentions to items and to interests'),
  rank: z.int().min(1).default(10).describe('rank of the map from source items to target items'),
  layers: z.array(z.int().min(1)).default([256, 128]).describe('hidden units of the layers of each tower'),
  dropout: z.number().min(0).max(0.99).default(0).describe('dropout after each hidden layer of a tower'),
  ...labelOptions({ batchSize: 32, learningRate: 0.001 }),
})

type Config = z.output<typeof config>

// Weights: tables `user`, `item`, `category` [·, k]; `attention/{target,source}/{weight [7k, h], vector [h]}`, which are V and v; `transfer/{down [2k, r], up [r, 2k]}`, which are H_a and H_b; `interest/{user,target,source}/{weight, vector [h], bias [1]}`;
// `{target,source}/layer{i}` and `{target,source}/output`, the towers.

function network(config: Config, build: Build): Network {
  const { width, targetHistory, sourceHistory } = config
  const { parameters, target, source } = build
  const user = (ids: Sym) => build.embed('user', ids, width)
  const item = (items: Sym, categories: Sym) =>
    concat([build.embed('item', items, width), build.embed('category', categories, width)], -1) // [..., 2k]
  const readsSource = config.source !== 'none'

  const q = item(target.item, target.category)
  const p = user(target.user)
  const attend = (name: string, history: History, transfer: (clicks: Sym) => Sym) =>
    attendItems(
      config,
      parameters,
      `attention/${name}`,
      item(history.items, history.categories),
      history.keep,
      q,
      p,
      transfer,
    )
  const interests: [name: string, vector: Sym, bias: Initializer][] = [
    // The user's own vector starts with e times the weight of the others, as in the authors' code.
    ['user', p, ones],
    ['target', attend('target', target.history('target', targetHistory), (clicks) => clicks), zeros],
  ]
  if (readsSource) {
    const transfer = lowRankMap(parameters, 2 * width, config.rank)
    interests.push(['source', attend('source', target.history('source', sourceHistory), transfer), zeros])
  }
  const mixed = mixInterests(config, parameters, q, interests)

  return {
    target: tower(config, build, 'target', mixed),
    source:
      config.source === 'loss'
        ? tower(config, build, 'source', concat([item(source.item, source.category), user(source.user)], 1))
        : undefined,
    features: (_side, items, categories) => item(items, categories),
    featureWidth: 2 * width,
    heads: ['target/output', 'source/output'],
  }
}

/**
 * Item-level attention: what the user has liked, weighted by its relation to the item in question.
 * @param clicks [N, L, 2k]
 * @param keep [N, L]
 * @param q [N, 2k]
 * @param p [N, k]
 * @returns [N, 2k]; zero where there are no clicks
 */
function attendItems(
  { hidden, width }: Config,
  parameters: Parameters,
  name: string,
  clicks: Sym,
  keep: Sym,
  q: Sym,
  p: Sym,
  transfer: (clicks: Sym) => Sym,
): Sym {
  const [N, L] = keep.shape as [Dim, Dim]
  const k = width
  const V = parameters.declare(`${name}/weight`, [7 * k, hidden], xavierUniform(7 * k, hidden)) // of [c_i; q; p; c_i ⊙ q]
  const vector = parameters.declare(`${name}/vector`, [hidden], xavierUniform(hidden, 1))
  const compared = multiply(transfer(clicks), reshape(q, [N, 1, 2 * k])) // c_i ⊙ q [N, L, 2k]
  // The part of V that meets the item and the user is multiplied once, not for every click.
  const ofClicks = matmul(concat([clicks, compared], 2), concat([slice(V, 0, 0, 2 * k), slice(V, 0, 5 * k, 7 * k)], 0))
  const ofContext = reshape(matmul(concat([q, p], 1), slice(V, 0, 2 * k, 5 * k)), [N, 1, hidden])
  const units = relu(add(ofClicks, ofContext)) // [N, L, h]
  const energy = add(sum(multiply(units, vector), 2), multiply(subtract(keep, 1), 1e9))
  const weight = multiply(softmax(energy), keep) // α [N, L]
  return reshape(matmul(reshape(weight, [N, 1, L]), clicks), [N, 2 * width])
}

/** x ↦ x H_a H_b, by which source items are compared with a target item. */
function lowRankMap(parameters: Parameters, width: number, rank: number) {
  const down = parameters.declare('transfer/down', [width, rank], xavierUniform(width, rank))
  const up = parameters.declare('transfer/up', [rank, width], xavierUniform(rank, width))
  return (x: Sym) => matmul(matmul(x, down), up)
}

/** Interest-level attention: [q; v_user p; v_target a_t; v_source a_s], with v > 0 of the whole. */
function mixInterests(
  { hidden }: Config,
  parameters: Parameters,
  q: Sym,
  interests: readonly (readonly [name: string, vector: Sym, bias: Initializer])[],
): Sym {
  const z = concat([q, ...interests.map(([, vector]) => vector)], 1)
  const [N, inputs] = z.shape as [Dim, number]
  const weighted = interests.map(([name, interest, bias]) => {
    const declare = (part: string, shape: readonly number[], initializer: Initializer) =>
      parameters.declare(`interest/${name}/${part}`, shape, initializer)
    const units = relu(matmul(z, declare('weight', [inputs, hidden], xavierUniform(inputs, hidden))))
    const score = sum(multiply(units, declare('vector', [hidden], xavierUniform(hidden, 1))), 1)
    const v = exp(add(score, declare('bias', [1], bias))) // [N]
    return multiply(reshape(v, [N, 1]), interest)
  })
  return concat([q, ...weighted], 1)
}

/** Hidden layers without biases and a logit: [N, inputs] → [N]. */
function tower({ layers }: Config, { parameters, dropout }: Build, name: string, x: Sym): Sym {
  let h = x
  for (const [i, width] of layers.entries()) {
    const inputs = h.shape[1] as number
    const weight = parameters.declare(`${name}/layer${i}`, [inputs, width], xavierUniform(inputs, width))
    h = dropout.apply(`${name}/layer${i}/dropout`, relu(matmul(h, weight)))
  }
  const inputs = h.shape[1] as number
  return sum(multiply(h, parameters.declare(`${name}/output`, [inputs], xavierUniform(inputs, 1))), 1)
}

export const minet = defineLabelModel({
  name: 'minet',
  summary: 'attention to what was liked in both domains, item by item and then interest by interest; a tower a domain',
  paper: {
    title: 'MiNet: Mixed Interest Network for Cross-Domain Click-Through Rate Prediction',
    year: 2020,
    venue: 'CIKM',
  },
  config,
  network,
  train(model, config, context) {
    const step = labelStep(model, config, (graph) => trainingLoss(graph, evenWeights(graph, config.sourceWeight)))
    return trainOnBehaviors(model, config, context, step)
  },
})
