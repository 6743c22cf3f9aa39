import { type output, type ZodObject, z } from 'zod'

const HELD_OUT = 'of several, held-out training rows choose'
const AS_NEW = `${HELD_OUT}, or with offsets=shared training users who are told in turn as if new`

const ridge = (values: number[], help: string, choice = HELD_OUT) =>
  z.array(z.number().positive()).min(1).default(values).describe(`${help}; ${choice}`)

/** How the vectors of users and items in each domain are fitted. */
export function factorOptions() {
  return {
    width: z.int().min(1).default(10).describe('k, numbers of each user and item in a domain, without their offsets'),
    offsets: z
      .enum(['items-and-users', 'none', 'shared'])
      .default('items-and-users')
      .describe(
        'what stands beside the product of vectors: how far items and users are from the mean, told in each domain by itself or over all together, or nothing',
      ),
    userRidge: ridge([2, 4, 8, 16], 'rows that draw what a user gives more than others to 0', AS_NEW),
    itemRidge: ridge([1, 2, 4, 8], 'rows that draw what an item is given more than others to 0', AS_NEW),
    factorRidge: ridge([2, 5, 10, 20, 50], 'rows that draw the vectors to 0'),
    sweeps: z.int().min(1).default(10).describe('times that users and items are solved'),
  }
}

export type FactorConfig = output<ZodObject<ReturnType<typeof factorOptions>>>

/** Options of every model that brings vectors of users from one domain to another. What is not given is as most have it. */
export function bridgeOptions({ learningRate = 0.01, weightDecay = 0.0001, batchSize = 256, epochs = 50 } = {}) {
  return {
    factors: z
      .string()
      .default('')
      .meta({ reads: 'run' })
      .describe('a run of mf with the same options, whose vectors are taken; empty trains them first'),
    ...factorOptions(),
    sources: z
      .string()
      .default('')
      .describe('names of the domains that are learned from, with + between; empty takes all others'),
    positiveAbove: z.number().default(3).describe('a value above it says that a user liked an item'),
    behaviors: z.int().min(1).default(20).describe('liked items of a user in a domain that are read, the last ones'),
    warm: z
      .enum(['own', 'bridge'])
      .default('own')
      .describe('what users with training rows in the target are answered by: their vector there, or one from sources'),
    learningRate: z.number().positive().default(learningRate).describe('of Adam'),
    weightDecay: z.number().min(0).default(weightDecay).describe('L2 penalty inside Adam'),
    batchSize: z.int().min(1).default(batchSize).describe('rows, or users, in a step'),
    epochs: z.int().min(1).default(epochs).describe('most epochs of each target'),
    patience: z
      .int()
      .min(0)
      .default(5)
      .describe('epochs without gain on validation before a target stops; 0 never stops'),
    metric: z.enum(['rmse', 'mae']).default('rmse').describe('validation metric that selects the weights'),
  }
}

export type BridgeConfig = output<ZodObject<ReturnType<typeof bridgeOptions>>>
