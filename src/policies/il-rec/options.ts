import { type output, z } from 'zod'
import { demonstrationOptions, learnsWithOption } from '../../families/acting/index.ts'
import { LEAVE_RULES } from '../../rl/index.ts'

export const PRESETS = ['code', 'paper', 'tributary'] as const
const FEATURES = ['tracker', 'text', 'vectors'] as const

/** Constants that the released program and the paper share. */
const PUBLISHED = {
  gamma: 0.5,
  weighting: 'both',
  advantage: 'fitted',
  overMean: true,
  mostWeight: 1e6,
  beta: 10,
  entropyCoefficient: 0.1,
  imitation: 0.25,
  batchSize: 8,
} as const

/**
 * What a preset says where an option is null. `code`: the released program, whose discriminator makes a step every 5,000 episodes and weighs the
 * eight demonstrations under a cursor. `paper`: what the paper says, a discriminator that pays and keeps learning, weights of all
 * demonstrations renewed. `tributary`: demonstrations count by how much they earn above what the policy itself expects, and for nothing where
 * that is less.
 */
const BY_PRESET = {
  code: {
    ...PUBLISHED,
    discriminatorEvery: 5000,
    discriminatorSteps: 1,
    weighs: 'cursor',
    weighEvery: 5000,
    refit: false,
    eta: 0,
    select: 'last',
  },
  paper: {
    ...PUBLISHED,
    discriminatorEvery: 20,
    discriminatorSteps: 3,
    weighs: 'all',
    weighEvery: 500,
    refit: true,
    eta: 0.1,
    select: 'believed',
  },
  tributary: {
    gamma: 0.9,
    weighting: 'environment',
    advantage: 'critic',
    overMean: false,
    mostWeight: 1,
    beta: 0.5,
    entropyCoefficient: 0.01,
    imitation: 1,
    batchSize: 64,
    discriminatorEvery: 5000,
    discriminatorSteps: 1,
    weighs: 'all',
    weighEvery: 100,
    refit: false,
    eta: 0,
    select: 'believed',
  },
} as const

const preset = (text: string) => `${text}; null as the preset says`
const count = () => z.int().min(1)
const rate = (value: number) => z.number().positive().default(value)

/** The options of IL-Rec. Constants are those that the released program has for Steam, but where they say another thing. */
export const config = z
  .object({
    worldModel: z.string().default('').meta({ reads: 'run' }).describe('the run of the world model that it learns in'),
    ...demonstrationOptions(''),
    demonstrationEpisodes: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'how many episodes of demonstrations are used, from the first on; 0 is all. Where demonstrations names none it is actor-critic alone',
      ),
    domain: z
      .string()
      .default('')
      .describe('where it recommends; may be left out where there is one domain, or a truth'),
    ...learnsWithOption,
    preset: z
      .enum(PRESETS)
      .default('tributary')
      .describe(
        'what options say that are null: what the released program does, what the paper says, or what earned more here',
      ),
    user: z
      .enum(['vector', 'none', 'history'])
      .default('vector')
      .describe(
        'what it knows of a user besides the episode: a vector of its own, nothing, or the mean of the items of its training rows',
      ),
    past: count().default(15).describe('training rows of a user that user=history looks at, the last ones'),
    width: count().default(32).describe('d, of item and user vectors, states and hidden layers; a multiple of 4'),
    window: count().default(4).describe('W, turns that a state is made of'),
    layers: count().default(2).describe('layers of the encoder'),
    heads: count().default(1).describe('attention heads of the encoder'),
    dropout: z
      .number()
      .min(0)
      .max(0.99)
      .default(0.1)
      .describe("share of the encoder's units dropped while it learns, acting in the world model included"),
    clamp: z
      .number()
      .positive()
      .default(15)
      .describe(
        'c of c · tanh(logit / c): no item is e^2c times as likely as another; 1 for Amazon, which is hardly a choice',
      ),
    gamma: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(null)
      .describe(preset('γ, what a reward of the next turn counts today')),
    weighting: z
      .enum(['both', 'environment', 'imitation', 'none'])
      .nullable()
      .default(null)
      .describe(preset('what demonstrations are weighed by: w_env and w_irl, one of them, or nothing')),
    advantage: z
      .enum(['fitted', 'critic'])
      .nullable()
      .default(null)
      .describe(
        preset(
          'how much better than expected a demonstration is: Q − V of networks fitted to demonstrations, or its return in the world model above what the critic expects of the policy',
        ),
      ),
    overMean: z
      .boolean()
      .nullable()
      .default(null)
      .describe(preset('whether weights are divided by their mean, so that demonstrations count as much however poor')),
    mostWeight: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe(preset('the largest weight of a demonstration')),
    beta: z.number().positive().nullable().default(null).describe(preset('β of w_env = exp(A / β); 1 for Amazon')),
    alpha: z.number().min(0).max(1).default(0.5).describe('α, the share of w_env in a weight; .25 for Amazon'),
    gammaIrl: z.number().min(0).default(1).describe('γ_irl, the power of w_irl = (1 / D − 1)'),
    entropyCoefficient: z
      .number()
      .min(0)
      .nullable()
      .default(null)
      .describe(preset("α_ent, weight of the policy's entropy")),
    imitation: z
      .number()
      .min(0)
      .nullable()
      .default(null)
      .describe(preset('λ_imit, weight of cloning the demonstrations of a batch; .5 for Amazon')),
    normalizeAdvantages: z
      .boolean()
      .default(true)
      .describe('whether advantages are brought to mean 0 and deviation 1 within a batch'),
    advantageClip: z.number().positive().default(5).describe('how large an advantage may be'),
    learningRate: rate(0.001).describe("of the policy's Adam"),
    criticLearningRate: rate(0.001).describe("of the critic's Adam"),
    batchSize: count()
      .nullable()
      .default(null)
      .describe(preset('records in an update, drawn from own steps and demonstrations together')),
    updates: count().default(1).describe('updates of critic and policy after each episode'),
    ownPriority: z
      .number()
      .min(0)
      .default(0.05)
      .describe('c, how often an own step is drawn beside a demonstration of weight 1'),
    ownChance: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(null)
      .describe('a fixed share of own steps in batches, whatever there is; null for priorities'),
    targetEvery: count().default(10).describe("steps of the critic after which the targets' copy follows it"),
    tau: z.number().positive().max(1).default(1).describe('τ, how far the copy follows'),
    rowNorm: z.number().positive().default(10).describe("the largest norm of an item's row in the actor"),
    biasLimit: z.number().positive().default(5).describe('the largest bias of an item in the actor'),
    features: z
      .enum(FEATURES)
      .default('tracker')
      .describe(
        'what the discriminator sees of a pair: the state and the vector of the item; or what titles and kinds of the items say, by hashed letters, or by the vectors of itemVectors',
      ),
    itemVectors: z
      .string()
      .default('')
      .meta({ reads: 'file' })
      .describe('with features=vectors, a file of them: what a language model makes of the items (tributary vectors)'),
    discriminatorHidden: count().default(32).describe('units of the discriminator'),
    discriminatorLearningRate: rate(0.001).describe("of the discriminator's Adam"),
    discriminatorEvery: count().nullable().default(null).describe(preset('episodes between two trainings of it')),
    discriminatorSteps: count().nullable().default(null).describe(preset('steps of such a training')),
    demonstrationBatch: count().default(8).describe('demonstrations in a step of the discriminator'),
    labelSmoothing: z
      .number()
      .min(0.5)
      .max(1)
      .default(1)
      .describe('what the discriminator takes own steps for: 1 as the released program, .9 is milder'),
    eta: z.number().min(0).nullable().default(null).describe(preset('η, what −log D adds to the reward')),
    weighs: z
      .enum(['cursor', 'all'])
      .nullable()
      .default(null)
      .describe(preset('which demonstrations are weighed anew: those of the batch, or all')),
    weighEvery: count().nullable().default(null).describe(preset('episodes between two weighings')),
    refit: z
      .boolean()
      .nullable()
      .default(null)
      .describe(preset('whether advantages of demonstrations are estimated anew at each weighing')),
    demonstrationHidden: count().default(32).describe('units of the networks that judge demonstrations'),
    demonstrationLearningRate: rate(0.01).describe('of their Adam'),
    demonstrationSteps: count().default(100).describe('steps of their fit, of all demonstrations at once'),
    leave: z.array(z.string()).default([]).describe(`when users leave while it learns: ${LEAVE_RULES}`),
    maxLength: count().default(100).describe('most turns of an episode while it learns'),
    repeats: z
      .boolean()
      .default(true)
      .describe('whether an item may come again in an episode while it learns, as published'),
    select: z
      .enum(['last', 'believed'])
      .nullable()
      .default(null)
      .describe(preset('which weights are kept: the last, or those that earned most in the world model')),
    selectEpisodes: count().default(200).describe('episodes in the world model that select=believed judges by'),
    episodesPerEpoch: count().default(1000).describe('episodes in an epoch, after which it may be stopped and judged'),
    epochs: count().default(20).describe('epochs; the published runs have 100,000 episodes, which are 100'),
  })
  .refine(({ width, heads }) => width % 4 === 0 && width % heads === 0, {
    error: ({ input }) => {
      const { width, heads } = input as { width: number; heads: number }
      return `width ${width} must be a multiple of 4 and of the ${heads} heads`
    },
    path: ['width'],
  })

/** As it was set, with nulls where the preset decides. */
export type IlRecOptions = output<typeof config>

type Decided = keyof (typeof BY_PRESET)['code']
/** All options, the preset's in the place of nulls. */
export type IlRecConfig = Omit<IlRecOptions, Decided> & { readonly [K in Decided]: NonNullable<IlRecOptions[K]> }

export function decided(options: IlRecOptions): IlRecConfig {
  const given = Object.entries(options).filter(([, value]) => value !== null)
  return { ownChance: null, ...BY_PRESET[options.preset], ...Object.fromEntries(given) } as IlRecConfig
}
