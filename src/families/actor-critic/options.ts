import { type output, type ZodObject, z } from 'zod'
import { LEAVE_RULES, WEIGHTINGS } from '../../rl/index.ts'
import { policyOptions } from '../acting/index.ts'

export const ACTOR_HEADS = ['linear', 'dot'] as const
const UPDATES_AFTER = ['turns', 'episodes'] as const
const STATE_SCALES = ['own', 'believed'] as const

/** The options of every policy that is learned by A2C in a believed world; a policy adds its own and may change defaults. */
export function a2cOptions(defaults: { readonly embeddings?: 'worldModel' | 'scratch' } = {}) {
  return {
    worldModel: z.string().default('').meta({ reads: 'run' }).describe('the run of the world model that it learns in'),
    ...policyOptions('actor and critic'),
    dropout: z
      .number()
      .min(0)
      .max(0.99)
      .default(0.1)
      .describe(
        "share of the tracker's units dropped while it learns, acting in the world model included; none of tracker=average",
      ),
    embeddings: z
      .enum(['worldModel', 'scratch'])
      .default(defaults.embeddings ?? 'worldModel')
      .describe('where item and user vectors begin: from those of the world model, or from noise'),
    head: z
      .enum(ACTOR_HEADS)
      .default('linear')
      .describe('scores of items: a linear layer, or the product of item vectors with a mapped state'),
    sharpness: z
      .number()
      .min(0)
      .default(0)
      .describe(
        "β, what a deviation of what is believed of a user's items adds to their logits before anything is learned; 0 begins from nothing",
      ),
    gaeLambda: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('λ of advantage estimation; 1 trusts rewards, 0 the critic'),
    valueCoefficient: z.number().min(0).default(0.5).describe("weight of the critic's squared error"),
    entropyCoefficient: z.number().min(0).default(0).describe("weight of the policy's entropy"),
    batchSize: z.int().min(1).default(1024).describe('turns in an update'),
    stepsPerEpoch: z
      .int()
      .min(1)
      .default(20_000)
      .describe('turns in an epoch, rounded up to whole collections of episodes × maxLength'),
    episodes: z.int().min(1).default(100).describe('episodes side by side in a collection'),
    updateAfter: z
      .enum(UPDATES_AFTER)
      .default('turns')
      .describe(
        'when it learns: after episodes × maxLength turns, where other episodes follow those that end, or after `episodes` episodes however short they are, as published',
      ),
    stateScale: z
      .enum(STATE_SCALES)
      .default('own')
      .describe(
        'the range that brings rewards in a state to 0 … 1: while it learns that of what is believed and later that of the training values (own), or the believed one for both, kept with the weights, whose ends stand for what lies outside of it (believed)',
      ),
    leave: z
      .array(z.string())
      .default([])
      .describe(
        `when users leave while it learns: ${LEAVE_RULES}; :as-released behind the first two slices the window as the released code does`,
      ),
    maxLength: z.int().min(1).default(30).describe('most turns of an episode while it learns'),
    repeats: z
      .boolean()
      .default(true)
      .describe(
        'whether an item may come again in an episode while it learns, as published; false is the mode noRepeat',
      ),
    rewardShift: z
      .boolean()
      .default(true)
      .describe('whether the lowest reward is subtracted from all, so that none is negative'),
    diagnostics: z
      .boolean()
      .default(false)
      .describe(
        'logs how far from the truth what is believed of visited pairs is, where there is a truth; nothing that learns sees it',
      ),
  }
}

/** The options of what a turn pays that several policies have; each takes those that it reads. */
export function shapingOptions(defaults: { readonly lambdaU?: number; readonly lambdaE?: number } = {}) {
  return {
    lambdaU: z
      .number()
      .min(0)
      .default(defaults.lambdaU ?? 0)
      .describe('λ_U, what a unit of uncertainty takes from the reward'),
    lambdaE: z
      .number()
      .min(0)
      .default(defaults.lambdaE ?? 0)
      .describe('λ_E, what a unit of the next-item entropy adds to it'),
    entropyOrders: z
      .array(z.int().min(1))
      .default([1, 2])
      .describe('items in a row after which the log is counted; a log without times has no entropy'),
    neighbors: z.int().min(1).default(15).describe('k, users whose rewards are averaged'),
    neighborsFrom: z
      .enum(['predictions', 'observations'])
      .default('predictions')
      .describe(
        "rows of the world model's predictions, the user among them, or other users of the log and their values",
      ),
    weighting: z.enum(WEIGHTINGS).default('similarity').describe('what each of them counts'),
  }
}

/** What `a2cOptions` declare; the shift is read by those that shape rewards alone. */
export type A2cConfig = Omit<output<ZodObject<ReturnType<typeof a2cOptions>>>, 'rewardShift'>
/** What `shapingOptions` declare. */
export type ShapingConfig = output<ZodObject<ReturnType<typeof shapingOptions>>>
