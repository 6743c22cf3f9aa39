import { z } from 'zod'
import { trackerOptions } from '../../families/acting/index.ts'
import { a2cOptions, shapingOptions } from '../../families/actor-critic/index.ts'

/** All of Eq. 12; what is left of it in Table 4; and what Table 4 does not try, its gains without r̂. */
export const SELECTOR_REWARDS = ['full', 'reward', 'reward+similarity', 'reward+diversity', 'gains'] as const
export const SIMILARITIES = ['cosine', 'unit', 'centered'] as const
/** From whom reference users are taken: the most similar users, or those of the same cluster, and some drawn; or everybody. */
export const POOLS = ['neighbors', 'clusters', 'all'] as const

/** The options of DARLR. */
export const config = z
  .object({
    ...a2cOptions({ embeddings: 'scratch' }),
    ...trackerOptions({ tracker: 'transformer', window: 3 }),
    ...shapingOptions({ lambdaU: 0.05, lambdaE: 0.05 }),
    references: z.int().min(1).default(20).describe('K_sel, reference users chosen for a user'),
    lambdaS: z.number().min(0).default(5).describe('λ_s, what the similarity of a reference user counts'),
    lambdaD: z.number().min(0).default(0.05).describe('λ_d, what its distance to those chosen before counts'),
    init: z
      .enum(['roler', 'worldModel'])
      .default('roler')
      .describe('R⁰: means over the nearest users of what the world model believes, or what it believes'),
    similarity: z
      .enum(SIMILARITIES)
      .default('cosine')
      .describe('of users: the cosine of their rewards; unit, (1 + cosine) / 2; centered, without the average user'),
    reads: z
      .enum(['current', 'initial'])
      .default('current')
      .describe('what reference users give: R as it is now, or R⁰; means of means of R end in one opinion of all'),
    warmUp: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'collections in which the selector learns and R stays as it is, so that nothing is rewritten by chance',
      ),
    writeBack: z.number().min(0).max(1).default(1).describe('η of R ← (1 − η) R + η new'),
    reward: z.enum(['dynamic', 'static']).default('dynamic').describe('r̂ of the recommender: R as it is now, or R⁰'),
    uncertainty: z
      .enum(['dynamic', 'static', 'none'])
      .default('dynamic')
      .describe("penalty: of the change of R, the world model's variance, or none"),
    selectorReward: z
      .enum(SELECTOR_REWARDS)
      .default('full')
      .describe('what the selector is paid: all of r̂, similarity and diversity, or parts; gains are the latter two'),
    candidates: z
      .enum(POOLS)
      .default('neighbors')
      .describe(
        'whom the selector chooses from: the most similar users, or those of a cluster, with some drawn; or all',
      ),
    renewCandidates: z
      .number()
      .min(0)
      .default(0.01)
      .describe('candidates are looked up anew when R has moved by this share of its size'),
    selectEvery: z
      .int()
      .min(0)
      .default(30)
      .describe('turns after which a user gets new reference users, on average; 0 or 1: in every turn'),
    projection: z.int().min(1).default(32).describe('d_p, numbers that the selector reads of the rewards of a user'),
    selectorWidth: z.int().min(1).default(32).describe('width of the states of the selector'),
    selectorLayers: z.int().min(1).default(1).describe('layers of its Transformer'),
    selectorHeads: z.int().min(1).default(1).describe('heads of its Transformer'),
    selectorWindow: z
      .int()
      .min(1)
      .default(3)
      .describe('w_sel, tokens that its state is made of: the start and users chosen'),
    selectorStart: z
      .enum(['kept', 'passes'])
      .default('kept')
      .meta({ before: 'passes' })
      .describe('the token of whom it chooses for and where they stand: in every window, or gone after w_sel picks'),
    selectorUser: z
      .enum(['none', 'vector'])
      .default('none')
      .describe("whether the state s_rec that it reads has the world model's vector of the user, e_u of Eq. 2, too"),
    selectorGamma: z.number().min(0).max(1).default(0.9).describe('γ of the selector'),
    selectorLearningRate: z.number().positive().default(0.001).describe('of its Adam'),
    selectorBatchSize: z.int().min(1).default(256).describe('picks in its updates'),
    selectorPicks: z.int().min(1).default(8192).describe('picks that it learns from after a collection, at most'),
  })
  .refine(({ selectorWidth, selectorHeads }) => selectorWidth % selectorHeads === 0, {
    error: ({ input }) => {
      const { selectorWidth, selectorHeads } = input as { selectorWidth: number; selectorHeads: number }
      return `selectorWidth ${selectorWidth} cannot be divided among ${selectorHeads} selectorHeads; choose heads that divide it`
    },
    path: ['selectorHeads'],
  })
  .refine(({ reward, uncertainty }) => reward === 'dynamic' || uncertainty === 'dynamic', {
    error:
      'with a static reward and no dynamic uncertainty the selector has no effect; train roler, or set one of them to dynamic',
    path: ['reward'],
  })

export type DarlrConfig = z.output<typeof config>
