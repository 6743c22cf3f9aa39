import type { Dataset, Model, Query, Scorer, Tensor, TrainContext } from '../../core/index.ts'
import { chooseForDomains, loadWeights } from '../../nn/index.ts'

/** Shares of the answer from all domains that a domain may choose from; of equals the one that trusts the other domains more. */
const SHARES = [1, 0.75, 0.5, 0.25, 0]

/** A model that answers by s_d · cross + (1 − s_d) · own in domain d: from all that a user did, and from what the user did there. */
export interface Blended extends Model {
  /** s, [D]. */
  readonly share: Tensor<Float32Array>
}

/**
 * Lets two readings of a history answer, so that a domain that the others harm can keep the harm out: it need not listen to them. What
 * users without an event in the domain did elsewhere is then held against what is asked by a history of none, which is more than nothing.
 * @param own answers from the history in the domain asked for alone
 * @param knows whether it has an answer to a question; default to all
 */
export function blended<M extends Model>(
  cross: M,
  own: Scorer['score'],
  dataset: Dataset,
  knows: (query: Query) => boolean = () => true,
): M & Blended {
  const D = dataset.domains.length
  const share = { shape: [D], data: new Float32Array(D).fill(0.5) }
  const weights = () => new Map<string, Tensor>([...cross.weights(), ['share', share]])
  return {
    ...cross,
    // Two products are none.
    can: {},
    share,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    async score(queries, range) {
      const width = range.end - range.start
      const scores = await cross.score(queries, range)
      const asked = queries.flatMap((query, q) => (share.data[query.domain] !== 1 && knows(query) ? [q] : []))
      if (asked.length === 0) return scores
      const others = await own(
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

export function isBlended(model: Scorer): model is Blended {
  return 'share' in model
}

/** Gives each domain the share that its validation cases like best. */
export function chooseShares(
  model: Blended,
  dataset: Pick<Dataset, 'domains'>,
  metric: string,
  context: Pick<TrainContext, 'validate' | 'lessIsBetter'>,
): Promise<void> {
  return chooseForDomains(model.share.data, SHARES, model, dataset, metric, context)
}
