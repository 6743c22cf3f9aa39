import { type output, type ZodObject, z } from 'zod'
import { LEAVE_RULES } from '../../rl/index.ts'
import { trackerOptions } from '../acting/index.ts'
import { ACTOR_HEADS } from './actor-critic.ts'

/** The options of every policy that is learned by A2C in a believed world; a policy adds its own and may change defaults. */
export function a2cOptions(defaults: { readonly embeddings?: 'worldModel' | 'scratch' } = {}) {
  return {
    worldModel: z.string().default('').describe('the run of the world model that it learns in'),
    domain: z
      .string()
      .default('')
      .describe('where it recommends; may be left out where there is one domain, or a truth'),
    ...trackerOptions({ tracker: 'average', window: 3 }),
    dropout: z
      .number()
      .min(0)
      .max(0.99)
      .default(0.1)
      .describe(
        "share of the tracker's units dropped while it learns, acting in the world model included; none of tracker=average",
      ),
    width: z.int().min(1).default(40).describe('d, the width of item vectors (and of user vectors)'),
    embeddings: z
      .enum(['worldModel', 'scratch'])
      .default(defaults.embeddings ?? 'worldModel')
      .describe('where item and user vectors begin: from those of the world model, or from noise'),
    user: z.enum(['none', 'vector']).default('none').describe('whether it knows the user besides the episode'),
    hidden: z.array(z.int().min(1)).default([64, 64]).describe('units of the layers of actor and critic together'),
    head: z
      .enum(ACTOR_HEADS)
      .default('linear')
      .describe('scores of items: a linear layer, or the product of item vectors with a mapped state'),
    gamma: z.number().min(0).max(1).default(0.9).describe('γ, what a reward of the next turn counts today'),
    gaeLambda: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('λ of advantage estimation; 1 trusts rewards, 0 the critic'),
    valueCoefficient: z.number().min(0).default(0.5).describe("weight of the critic's squared error"),
    entropyCoefficient: z.number().min(0).default(0).describe("weight of the policy's entropy"),
    learningRate: z.number().positive().default(0.001).describe('of Adam'),
    batchSize: z.int().min(1).default(1024).describe('turns in an update'),
    epochs: z.int().min(1).default(50).describe('epochs; the last one is kept'),
    stepsPerEpoch: z
      .int()
      .min(1)
      .default(20_000)
      .describe('turns in an epoch, rounded up to whole collections of episodes × maxLength'),
    episodes: z.int().min(1).default(100).describe('episodes side by side in a collection'),
    leave: z.array(z.string()).default([]).describe(`when users leave while it learns: ${LEAVE_RULES}`),
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
  }
}

/** What `a2cOptions` declare. */
export type A2cConfig = output<ZodObject<ReturnType<typeof a2cOptions>>>
