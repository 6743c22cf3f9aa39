import { z } from 'zod'
import { CHAMPION } from './models.ts'
import { isReward } from './rewards.ts'

/** When a model is trained again, how, and what it must show to answer. */
export const retrainingPlan = z
  .strictObject({
    every: z
      .string()
      .regex(/^\d+[mhd]$/, 'a time is a number with m, h or d, such as 24h')
      .optional()
      .describe('at most so often: 24h'),
    minEvents: z.int().min(1).default(1).describe('after so many new events'),
    recipe: z
      .strictObject({
        model: z.string(),
        set: z.record(z.string(), z.unknown()).default({}),
        splitBy: z.string().optional(),
        seed: z.int().min(0).default(1),
      })
      .optional()
      .describe('what is trained; default what answers today, with its options'),
    types: z.array(z.string()).optional().describe('kinds of events that it learns from; default all but impressions'),
    warmStart: z
      .boolean()
      .default(true)
      .describe('begin with the weights of what answers today, where that is possible'),
    gate: z
      .strictObject({
        against: z
          .string()
          .default(CHAMPION)
          .describe('the alias whose model it is held against, and whose place it takes'),
        by: z
          .enum(['test', 'ope'])
          .default('test')
          .describe('test: the last that each user did; ope: what the recorded lists say that it would have earned'),
        metric: z.string().default('ndcg@10').describe('test: of the cases'),
        reward: z
          .string()
          .refine(isReward, 'a reward is TYPE:WINDOW, such as purchase:24h')
          .optional()
          .describe('ope: what counts, TYPE:WINDOW[:any|count|value], such as purchase:24h'),
        days: z.int().min(1).default(7).describe('ope: lists of so many days, from which it does not learn'),
        noDomainHarmed: z.boolean().default(true),
      })
      .refine(({ by, reward }) => by === 'test' || reward !== undefined, {
        path: ['reward'],
        message: 'a gate by ope needs a reward, such as purchase:24h',
      })
      .prefault({}),
    promote: z.enum(['auto', 'ask']).default('auto').describe('ask: it is added, and waits for PUT /v1/aliases'),
    keep: z.int().min(1).optional().describe('so many trainings stay on disk, beside what is served; default all'),
    transfer: z
      .boolean()
      .default(true)
      .describe('make the transfer report that --fallback auto goes by, where there are several domains'),
  })
  .describe('when a model is trained again, how, and what it must show to answer')

export type RetrainingPlan = z.output<typeof retrainingPlan>
