import { z } from 'zod'
import type { LabelGraph, Side } from '../../../families/two-sided/index.ts'
import { fanInUniform, type Initializer, type Parameters, xavierUniform, zeros } from '../../../nn/index.ts'
import type { Dim, Sym } from '../../../tensor/index.ts'
import * as t from '../../../tensor/index.ts'

/** Options of the behavioral perceptron φ. */
export const perceptronOptions = {
  importance: z
    .enum(['both', 'user', 'global'])
    .default('both')
    .describe(
      'what a behavior is judged by: its item and the user, the user alone (w/o global), its item alone (w/o user)',
    ),
  recent: z.int().min(1).default(50).describe('N, how many liked items of each side the user is known by'),
  heads: z.int().min(1).default(4).describe('attention heads over these items'),
  headWidth: z.int().min(1).default(10).describe('width of a head'),
  userHidden: z.array(z.int().min(1)).default([32, 16]).describe('inner widths of the user-specific MLP'),
  start: z
    .enum(['fan-in', 'glorot'])
    .default('fan-in')
    .describe(
      'how its weights start: uniform within 1 / √inputs, the biases too, as in PyTorch; or Glorot, with biases of 0, which begins where no weight tells behaviors apart',
    ),
  globalHidden: z.array(z.int().min(1)).default([]).describe('inner widths of the global MLP; none makes it linear'),
}
export type PerceptronConfig = z.output<z.ZodObject<typeof perceptronOptions>>

const STARTS: Readonly<Record<PerceptronConfig['start'], Start>> = {
  'fan-in': { weight: fanInUniform, bias: fanInUniform },
  glorot: { weight: xavierUniform, bias: () => zeros },
}
interface Start {
  weight(inputs: number, outputs: number): Initializer
  bias(inputs: number): Initializer
}

/** softplus of it is 1, so that training begins with the source weighing as much as the target. */
const UNIT_SCALE = Math.log(Math.E - 1)
/** The name of γ before softplus, which no weight decay acts on. */
export const SCALE = 'perceptron/scale'

/**
 * γ_{1,u,j} · γ_{2,u,j} (Eq. 3–7): how important each source behavior is, before normalization. What it reads of the base model
 * it reads as it stands: no gradient flows back into tables. [M]
 */
export function importance(parameters: Parameters, graph: LabelGraph, config: PerceptronConfig): Sym {
  const { source, network } = graph
  const width = network.featureWidth
  const vectors = (side: Side, items: Sym, categories: Sym) => t.stopGradient(network.features(side, items, categories))
  const behavior = vectors('source', source.item, source.category) // E_{s_j}, [M, f]
  const start = STARTS[config.start]
  const globalPart = () => mlp(parameters, 'perceptron/global', behavior, [width, ...config.globalHidden, 1], start) // Eq. 3
  const userPart = () => {
    const interests = (['source', 'target'] as const).map((side) => {
      const { items, categories, keep } = source.history(side, config.recent)
      return interest(parameters, `perceptron/${side}`, vectors(side, items, categories), keep, behavior, config)
    })
    return mlp(parameters, 'perceptron/user', t.concat(interests, -1), [4 * width, ...config.userHidden, 1], start) // Eq. 7
  }
  if (config.importance === 'global') return globalPart()
  return config.importance === 'user' ? userPart() : t.multiply(globalPart(), userPart())
}

/**
 * γ_{u,j} = γ · softmax over the batch (Eq. 8), which sums to γ over the behaviors there are, as a mean does to 1. γ is the
 * softplus of a weight, where a ReLU would stay at 0 once it got there. [M]
 */
export function behaviorWeights(parameters: Parameters, importances: Sym, real: Sym): Sym {
  const scale = t.softplus(parameters.declare(SCALE, [1], (data) => data.fill(UNIT_SCALE)))
  const logits = t.add(importances, t.multiply(t.subtract(real, 1), 1e9))
  return t.multiply(t.multiply(scale, real), t.softmax(logits))
}

/**
 * What a user's recent items say about one behavior: attention among the pairs [item; behavior], averaged over the items there
 * are (Eq. 4–6). A user without any has the zero vector.
 * @param items [M, N, f]
 * @param keep [M, N]
 * @param behavior [M, f]
 * @returns [M, 2f]
 */
function interest(
  parameters: Parameters,
  name: string,
  items: Sym,
  keep: Sym,
  behavior: Sym,
  { heads, headWidth, start }: PerceptronConfig,
): Sym {
  const [M, N, width] = items.shape as [Dim, Dim, number]
  const declare = (part: string, shape: readonly [number, number]) =>
    parameters.declare(`${name}/${part}`, shape, STARTS[start].weight(...shape))
  const inner = heads * headWidth
  // A linear map of [item; behavior] is a map of the item plus one of the behavior, which all items of a row share.
  const project = (part: string) => {
    const weight = declare(part, [2 * width, inner])
    const ofItems = t.matmul(items, t.slice(weight, 0, 0, width)) // [M, N, inner]
    const ofBehavior = t.matmul(behavior, t.slice(weight, 0, width, 2 * width)) // [M, inner]
    const projected = t.add(ofItems, t.reshape(ofBehavior, [M, 1, inner]))
    return t.transpose(t.reshape(projected, [M, N, heads, headWidth]), [0, 2, 1, 3]) // [M, heads, N, headWidth]
  }
  const logits = t.matmul(project('query'), project('key'), { transposeB: true, scale: 1 / Math.sqrt(headWidth) })
  const mask = t.multiply(t.subtract(t.reshape(keep, [M, 1, 1, N]), 1), 1e9) // nobody attends to padding
  const attention = t.softmax(t.add(logits, mask)) // [M, heads, N, N]
  // The mean over the items that ask comes first: what follows is linear.
  const asking = t.reshape(keep, [M, 1, N, 1])
  const count = t.maximum(t.sum(asking, [2], { keepDims: true }), 1) // [M, 1, 1, 1]
  const shares = t.divide(t.sum(t.multiply(attention, asking), [2], { keepDims: true }), count) // [M, heads, 1, N]
  const mean = t.reshape(t.matmul(shares, project('value')), [M, inner])
  return t.matmul(mean, declare('output', [inner, 2 * width]))
}

/** Linear maps with ReLU between them; the last gives one number a row. [M] */
function mlp(parameters: Parameters, name: string, x: Sym, widths: readonly number[], start: Start): Sym {
  let h = x
  for (let i = 1; i < widths.length; i++) {
    const shape = [widths[i - 1], widths[i]] as const
    const weight = parameters.declare(`${name}${i}/weight`, shape, start.weight(...shape))
    const bias = parameters.declare(`${name}${i}/bias`, [shape[1]], start.bias(shape[0]))
    h = t.linear(i === 1 ? h : t.relu(h), weight, bias)
  }
  return t.reshape(h, [x.shape[0] as Dim])
}
