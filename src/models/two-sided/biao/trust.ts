import type { Tensor, Trust } from '../../../core/index.ts'
import type { LabelModel } from '../../../families/two-sided/index.ts'
import { createRng } from '../../../math/index.ts'
import type { Parameters } from '../../../nn/index.ts'
import { runWith } from '../../../tensor/index.ts'
import { importance, type PerceptronConfig, SCALE } from './perceptron.ts'

/** Behaviors that are judged in one run. */
const ROWS_A_RUN = 256

/**
 * What the perceptron says of each source behavior that is trained on, for the user as known at the last training behavior in
 * the target. A step's softmax is over its own batch; here it is over all behaviors, times their number.
 * @returns what weighs all of them, or about as many as `most`, evenly spread
 */
export function behaviorTrust(
  baseModel: LabelModel,
  perceptron: Parameters,
  config: PerceptronConfig & { readonly sourceWeight: number },
): (most?: number) => Promise<Trust> {
  const { sides } = baseModel
  const graph = baseModel.graph({ prefix: 'trust/', paired: false })
  const importances = importance(perceptron, graph, config)
  return async (most = Number.POSITIVE_INFINITY) => {
    const { user, item } = sides.dataset.log
    const all = sides.rows.source
    const every = Math.max(1, Math.ceil(all.length / most))
    const rows = every === 1 ? all : all.filter((_, i) => i % every === 0)
    const lastTarget = new Map<number, number>()
    for (const row of sides.rows.target) lastTarget.set(user[row], row)
    const logits = new Float32Array(rows.length)
    const program = await baseModel.programs.compile({ importances }, 'trust')
    for (let start = 0; start < rows.length; start += ROWS_A_RUN) {
      const chosen = rows.subarray(start, start + ROWS_A_RUN)
      const ids = {
        user: chosen.map((row) => user[row] + 1),
        item: chosen.map((row) => item[row]),
        partner: new Int32Array(chosen.length),
        liked: (i: number, side: 'target' | 'source') =>
          sides.likedBefore(lastTarget.get(user[chosen[i]]) ?? chosen[i], side),
      }
      const unlabelled = { ids, labels: new Float32Array(chosen.length) }
      const real = new Uint8Array(chosen.length).fill(1)
      const feeds = baseModel.feeds((local) => ({
        ...graph.feeds({ target: unlabelled, source: { ...unlabelled, real } }, local, createRng(0)),
        ...Object.fromEntries(perceptron.tensors),
      }))
      const out = await runWith(program, feeds)
      logits.set(out.importances.data as Float32Array, start)
    }
    const scale = config.sourceWeight * Math.log1p(Math.exp((perceptron.tensors.get(SCALE) as Tensor).data[0]))
    const weight = {
      name: 'weight',
      summary: 'what a source behavior counts in the training of the target',
      neutral: 1,
      keys: { row: rows },
      values: relativeWeights(logits),
    }
    return { of: 'behavior', signals: [weight], scale }
  }
}

/** n · softmax. */
function relativeWeights(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return Float32Array.from(powers, (power) => (logits.length * power) / total)
}
