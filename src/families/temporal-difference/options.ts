import { type output, type ZodObject, z } from 'zod'
import { policyOptions } from '../acting/index.ts'

/** The options of every policy that learns from the log alone; a policy adds its own. */
export function offlineOptions(defaults: { readonly steps?: number } = {}) {
  return {
    ...policyOptions('its heads'),
    vectorsOf: z
      .string()
      .default('')
      .meta({ reads: 'run' })
      .describe(
        'the run of a world model whose item vectors are taken and stay as they are, as in the released code; absent, they are learned from noise',
      ),
    steps: z
      .int()
      .min(1)
      .default(defaults.steps ?? 3)
      .describe('rewards that are summed before the next state is asked for the rest'),
    maxLength: z.int().min(1).default(30).describe("rows after which a user's log is cut into another episode"),
    order: z
      .enum(['log', 'drawn'])
      .default('log')
      .describe("the order of a user's rows: that of the log, or any, where the log knows no times"),
    targetEvery: z.int().min(1).default(320).describe('updates after which the target network is copied anew'),
    batchSize: z.int().min(1).default(1024).describe('rows in an update, drawn from the log with replacement'),
    updatesPerEpoch: z.int().min(1).default(200).describe('updates in an epoch; the published runs have 1,000'),
  }
}

/** What `offlineOptions` declare. */
export type OfflineConfig = output<ZodObject<ReturnType<typeof offlineOptions>>>
