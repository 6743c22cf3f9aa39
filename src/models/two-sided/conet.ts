import { z } from 'zod'
import {
  type Build,
  defineLabelModel,
  evenWeights,
  labelOptions,
  labelStep,
  type Network,
  trainingLoss,
  trainOnBehaviors,
} from '../../families/two-sided/index.ts'
import { xavierUniform, zeros } from '../../nn/index.ts'
import { add, concat, type Dim, linear, matmul, relu, reshape, type Sym } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(10).describe('of the vectors of users, items and categories'),
  hidden: z
    .array(z.int().min(1))
    .min(1)
    .default([64, 32, 16, 8])
    .describe('widths of the layers of both towers, which cross at each of them'),
  ...labelOptions({ learningRate: 0.001, batchSize: 64 }),
})
type Config = z.output<typeof config>

// Tables: `user`, `item`, `category`, each of width d. Weights: `layer{i}/target`, `layer{i}/source`, `layer{i}/cross`, all
// [in, out]; `target/weight`, `source/weight` [out, 1] and their biases.
function network({ width, hidden, source }: Config, build: Build): Network {
  const { parameters, embed } = build
  const item = (items: Sym, categories: Sym) =>
    concat([embed('item', items, width), embed('category', categories, width)], -1)
  const declare = (name: string, shape: readonly [number, number]) =>
    parameters.declare(name, shape, xavierUniform(...shape))
  const rest = {
    heads: ['target/weight', 'target/bias', 'source/weight', 'source/bias'],
    features: (_: unknown, items: Sym, categories: Sym) => item(items, categories),
    featureWidth: 2 * width,
  }

  /** Both towers over the same users: x_t and x_s, [N, 3d] each. Without x_s the target tower stands alone. */
  const towers = (user: Sym, target: readonly [Sym, Sym], other: readonly [Sym, Sym]) => {
    const of = (ids: readonly [Sym, Sym]) => concat([embed('user', user, width), item(...ids)], -1)
    let [t, s] = [of(target), source === 'none' ? undefined : of(other)]
    for (const [i, outputs] of hidden.entries()) {
      const shape = [hidden[i - 1] ?? 3 * width, outputs] as const
      const own = matmul(t, declare(`layer${i}/target`, shape))
      if (s === undefined) t = relu(own)
      else {
        const across = declare(`layer${i}/cross`, shape) // H, the same in both directions
        const crossed = relu(add(own, matmul(s, across)))
        // Without a source loss nothing reads the last layer of the source tower.
        if (source === 'loss' || i + 1 < hidden.length)
          s = relu(add(matmul(s, declare(`layer${i}/source`, shape)), matmul(t, across)))
        t = crossed
      }
    }
    return { target: t, source: s }
  }
  const head = (side: 'target' | 'source', x: Sym) => {
    const weight = declare(`${side}/weight`, [hidden.at(-1)!, 1])
    const bias = parameters.declare(`${side}/bias`, [1], zeros)
    return reshape(linear(x, weight, bias), [x.shape[0] as Dim])
  }
  const ids = ({ item, category }: { item: Sym; category: Sym }) => [item, category] as const
  const ofTarget = towers(build.target.user, ids(build.target), ids(build.target.partner))
  const target = head('target', ofTarget.target)
  if (source !== 'loss') return { target, ...rest }
  const ofSource = towers(build.source.user, ids(build.source.partner), ids(build.source))
  return { target, source: head('source', ofSource.source!), ...rest }
}

export const conet = defineLabelModel({
  name: 'conet',
  summary: 'two towers, one a domain, whose layers also read each other through shared cross units',
  paper: { title: 'CoNet: Collaborative Cross Networks for Cross-Domain Recommendation', year: 2018, venue: 'CIKM' },
  config,
  network,
  train(model, config, context) {
    const step = labelStep(model, config, (graph) => trainingLoss(graph, evenWeights(graph, config.sourceWeight)))
    return trainOnBehaviors(model, config, context, step)
  },
})
