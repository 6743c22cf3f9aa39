import type { NamedTensors, Trust } from '../../core/index.ts'
import type { SequenceBatch } from '../../data/index.ts'
import type { Rng } from '../../math/index.ts'

/** What changes a model that ranks by one batch. */
export interface RankingStep {
  /** Whatever changes beside the weights. */
  readonly state: NamedTensors
  /** One update, the `step`-th of its epoch from 1; `rng` fixes all that it draws. Returns the loss terms by name. */
  run(
    batch: SequenceBatch,
    negatives: Int32Array | undefined,
    rng: Rng,
    step: number,
  ): Promise<Readonly<Record<string, number>>>
  /** How far what was learned elsewhere was trusted in the updates since it was last asked. */
  trust?(): Trust | undefined
}
