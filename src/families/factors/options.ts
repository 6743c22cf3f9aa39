import type { output, ZodObject, z } from 'zod'
import { objectiveOptions, trainingOptions } from '../ranking/index.ts'

/** How vectors of users and items are learned. */
export function factorOptions({
  unit,
  learningRate = 0.003,
}: {
  readonly unit: string
  readonly learningRate?: number
}) {
  return {
    ...objectiveOptions({ loss: 'bpr' }),
    ...trainingOptions({
      learningRate,
      weightDecay: 0.0001,
      adam: 'lazy',
      batchSize: 1024,
      unit,
      epochs: 300,
      patience: 20,
    }),
  }
}

/** The options that every model of factors has, whatever else it has. */
export type FactorConfig = output<ZodObject<ReturnType<typeof factorOptions> & { width: z.ZodInt }>>
