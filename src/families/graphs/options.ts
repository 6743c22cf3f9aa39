import type { output, ZodObject } from 'zod'
import { objectiveOptions, type RankingLossName, trainingOptions } from '../ranking/index.ts'

/** How vectors of a graph are learned: each step moves all of them, since each reaches all that it is connected with. */
export function graphOptions(defaults: {
  readonly loss: RankingLossName
  readonly learningRate: number
  readonly weightDecay: number
}) {
  const { loss, ...training } = defaults
  const { adam: _always, ...others } = trainingOptions({
    ...training,
    batchSize: 2048,
    unit: 'interactions',
    epochs: 300,
    patience: 20,
  })
  return { ...objectiveOptions({ loss }), ...others }
}

/** The options that every model of a graph has, whatever else it has. */
export type GraphConfig = output<ZodObject<ReturnType<typeof graphOptions>>> & {
  /** Of the dropout that the encoder applies; none where a model has no such option. */
  readonly dropout?: number
}
