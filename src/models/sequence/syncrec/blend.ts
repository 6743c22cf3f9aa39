import {
  type Dataset,
  domainItems,
  type Query,
  type Scorer,
  type Tensor,
  type TrainContext,
} from '../../../core/index.ts'
import { loadWeights } from '../../../nn/index.ts'
import type { Config } from './index.ts'
import type { SynCRec } from './train.ts'

/** Shares of the cross-domain branch that a domain may choose from. */
const SHARES = [0, 0.25, 0.5, 0.75, 1]

/** A model that answers by s_d · cross + (1 − s_d) · single in domain d. */
export interface Blended extends SynCRec {
  /** s, [D]. */
  readonly share: Tensor<Float32Array>
}

/**
 * Lets both branches answer. The paper serves by the cross-domain branch alone, which leaves a domain that the others harm
 * with the harm, although the single-domain branch beside it is free of it. Where sequences have no start, a question whose user has no
 * event in the domain is the cross branch's.
 */
export function blended(
  cross: SynCRec,
  single: Scorer['score'],
  dataset: Dataset,
  { start }: Pick<Config, 'start'>,
): Blended {
  const D = dataset.domains.length
  const share = { shape: [D], data: new Float32Array(D).fill(0.5) }
  const weights = () => new Map<string, Tensor>([...cross.weights(), ['share', share]])
  const knows = ({ history, domain }: Query) => {
    const own = domainItems(dataset, domain)
    return start || history.some((item) => item >= own.start && item < own.end)
  }
  return {
    ...cross,
    share,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    async score(queries, range) {
      const width = range.end - range.start
      const scores = await cross.score(queries, range)
      const asked = queries.flatMap((query, q) => (share.data[query.domain] < 1 && knows(query) ? [q] : []))
      if (asked.length === 0) return scores
      const others = await single(
        asked.map((q) => queries[q]),
        range,
      )
      for (const [row, q] of asked.entries()) {
        const s = share.data[queries[q].domain]
        for (let v = 0; v < width; v++) {
          const at = q * width + v
          scores[at] = s * scores[at] + (1 - s) * others[row * width + v]
        }
      }
      return scores
    },
  }
}

/** Gives each domain the share that its validation cases like best; of equals the one that trusts the other domains more. */
export async function chooseShares(
  model: Blended,
  dataset: Dataset,
  metric: string,
  { validate, lessIsBetter }: Pick<TrainContext, 'validate' | 'lessIsBetter'>,
): Promise<void> {
  const sign = lessIsBetter?.(metric) ? -1 : 1
  for (const d of dataset.domains.keys()) {
    let best = { share: 0.5, value: Number.NEGATIVE_INFINITY }
    for (const share of SHARES) {
      model.share.data[d] = share
      const value = sign * (await validate(model, d))[metric]
      if (value >= best.value) best = { share, value }
    }
    model.share.data[d] = best.share
  }
}
