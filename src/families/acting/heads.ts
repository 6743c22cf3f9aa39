import type { ItemRange, Policy, Query } from '../../core/index.ts'
import { loadWeights } from '../../nn/index.ts'
import type { ActionSpace, RewardScale } from '../../rl/index.ts'
import {
  add,
  constant,
  equal,
  input,
  matmul,
  mean,
  multiply,
  type Programs,
  reshape,
  type Sym,
  sum,
} from '../../tensor/index.ts'
import { linearStart, type PolicyNetwork, type Windows } from './policy-network.ts'
import { scoreActions } from './score-actions.ts'

/** What a head gives the items of the action space: one number each, or n. */
export interface Head {
  /** The number of each item, or the mean of its n. [B, A] */
  readonly values: Sym
  /** Those of one item in each row, int32 [B]: [B], or [B, n]. */
  of(actions: Sym): Sym
}

/**
 * A linear head: weights `name/weight` [A, width] and `name/bias` [A], or [A, n, width] and [A, n]. Neither the values of all items nor those of
 * one need the n numbers of every item.
 */
export function createHead({ parameters, width }: PolicyNetwork, name: string, features: Sym, A: number, n = 1): Head {
  const start = linearStart(width)
  const each = n === 1 ? [] : [n]
  const weight = parameters.declare(`${name}/weight`, [A, ...each, width], start)
  const bias = parameters.declare(`${name}/bias`, [A, ...each], start)
  const [meanWeight, meanBias] = n === 1 ? [weight, bias] : [mean(weight, 1), mean(bias, 1)]
  const items = constant({ shape: [1, A], data: Int32Array.from({ length: A }, (_, column) => column) })
  return {
    values: add(matmul(features, meanWeight, { transposeB: true }), meanBias),
    of(actions) {
      // A product with ones and zeros: gathering rows is no slower, but its derivative is, by far.
      const taken = equal(reshape(actions, ['B', 1]), items) // [B, A]
      const rows = reshape(matmul(taken, reshape(weight, [A, n * width])), ['B', ...each, width])
      const own = matmul(taken, reshape(bias, [A, n])) // [B, n]
      return add(
        sum(multiply(reshape(features, ['B', ...each.map(() => 1), width]), rows), -1),
        reshape(own, ['B', ...each]),
      )
    },
  }
}

/** Items that were taken, as a head is asked of them. [B] */
export const takenActions = (): Sym => input('actions', ['B'], 'int32')

export interface HeadPolicyParts {
  readonly network: PolicyNetwork
  readonly space: ActionSpace
  readonly scale: RewardScale
  readonly programs: Programs
}

/** A model that takes items by the scores of a graph over its network, and remembers the episode alone. @param scores [B, A] */
export function headPolicy(
  scores: Sym,
  acting: Policy['acting'],
  { network, space, scale, programs }: HeadPolicyParts,
) {
  const actionScores = async (windows: Windows) => {
    const out = await network.run(await programs.compile({ scores }, 'acting'), windows)
    return out.scores.data as Float32Array
  }
  return {
    acting,
    remembers: 'episode' as const,
    avoidsLeaving: false,
    weights: network.weights,
    load: (loaded: Parameters<typeof loadWeights>[1]) => loadWeights(network.weights(), loaded),
    score: (queries: readonly Query[], range: ItemRange) =>
      scoreActions(queries, range, { network, space, scale }, actionScores),
    dispose: () => programs.dispose(),
  }
}

/** The column of the highest value of each row, the first of equal ones. */
export function highestOf(values: Float32Array, rows: number): Int32Array {
  const columns = values.length / rows
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0
    for (let column = 1; column < columns; column++)
      if (values[row * columns + column] > values[row * columns + best]) best = column
    return best
  })
}
