import type { ItemRange, Query } from '../../core/index.ts'
import type { ActionSpace, RewardScale } from '../../rl/index.ts'
import { type PolicyNetwork, type Windows, windowsOf } from './policy-network.ts'

/** The score of items that a policy never recommends: finite, and below any other. */
export const NEVER = -1e9

/** What a policy that sees windows gives to the items of a range: [queries × range], as `Scorer.score`. */
export async function scoreActions(
  queries: readonly Query[],
  { start, end }: ItemRange,
  {
    network,
    space,
    scale,
  }: {
    readonly network: Pick<PolicyNetwork, 'window' | 'begin' | 'userRows'>
    readonly space: ActionSpace
    readonly scale: RewardScale
  },
  /** Scores of the columns of the action space. [B × A] */
  actionScores: (windows: Windows) => Promise<Float32Array>,
): Promise<Float32Array> {
  const scores = new Float32Array(queries.length * (end - start)).fill(NEVER)
  if (queries.length === 0) return scores
  const found = await actionScores(windowsOf(queries, network, scale))
  const { items } = space
  for (let column = 0; column < items.length; column++) {
    const at = items[column] - start
    if (at < 0 || at >= end - start) continue
    for (let q = 0; q < queries.length; q++) scores[q * (end - start) + at] = found[q * items.length + column]
  }
  return scores
}
