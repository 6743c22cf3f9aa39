import { z } from '@hono/zod-openapi'
import { expecting, fields, flag, name } from '../serving/fields.ts'

/** Longest list that one request can ask for. */
export const MOST_ITEMS = 1000
export const MOST_HISTORY = 1000
export const MOST_EXCLUDED = 10_000
/** Length of a list that is not said. */
export const DEFAULT_ITEMS = 10

const historyItem = expecting('the name of an item, or an object {"item": name, "domain"?: name}')
const historyList = expecting(`a list of at most ${MOST_HISTORY} items, oldest first`)
const valueList = expecting(
  `a list of at most ${MOST_HISTORY} numbers between −3.4e38 and 3.4e38, one for each item of history`,
)
const excludeList = expecting(`a list of at most ${MOST_EXCLUDED} names of items`)
const listLength = expecting(`a whole number from 1 to ${MOST_ITEMS}`)
const domainOfItem = name('the name of the domain of the item')

/** Models read values as 32-bit floats, in which what is larger is infinite. */
function fitsFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value))
}

export const recommendationRequest = fields({
  domain: name('the name of a domain').openapi({
    description: 'The service whose items are recommended',
    example: 'books',
  }),
  user: name('the name of a user').optional().openapi({
    description: 'A user of the log. Without `history` the stored history of the user is used, all of it',
  }),
  history: z
    .array(
      z.union(
        [
          name('the name of an item'),
          z.strictObject({ item: name('the name of an item'), domain: domainOfItem.optional() }),
        ],
        historyItem,
      ),
      historyList,
    )
    .max(MOST_HISTORY, historyList)
    .optional()
    .openapi({
      description:
        'What the user did, oldest first, in whatever domain. Takes the place of the stored history. Neither `user` nor `history`: a newcomer',
    }),
  values: z
    .array(z.number(valueList).refine(fitsFloat32, valueList), valueList)
    .max(MOST_HISTORY, valueList)
    .optional()
    .openapi({
      description:
        'The value of each item of `history` (a rating, a reward), in the same order. Without it every item counts as liked',
    }),
  // Here and below no `default`: generators of clients take a field that has one for a field that must be sent.
  k: z
    .int(listLength)
    .min(1, listLength)
    .max(MOST_ITEMS, listLength)
    .optional()
    .openapi({
      description: `Length of the list; shorter where fewer items are left. Not given: ${DEFAULT_ITEMS}`,
    }),
  exclude: z.array(name('the name of an item'), excludeList).max(MOST_EXCLUDED, excludeList).optional().openapi({
    description: 'Items that must not be recommended. Those the model has never seen are listed in `ignored`',
  }),
  maskSeen: flag().optional().openapi({
    description: 'Leave out the items of the history that is used. Not given: true',
  }),
  sources: flag().optional().openapi({
    description:
      'Say how much each other domain counted, for every item and for the list, where the model that answers weighs domains. Not given: false',
  }),
  model: name('the name of a served model').optional().openapi({
    description: 'Which of the served models answers; the first where it is not given',
  }),
  ignoreUnknown: flag().optional().openapi({
    description:
      'Skip a user and items that the model has never seen, and list them in `ignored`, instead of refusing the request. Not given: as the server was started, which by default is to refuse',
  }),
}).openapi('RecommendationRequest')

export type RecommendationRequest = z.output<typeof recommendationRequest>

const sources = z
  .record(z.string(), z.number())
  .optional()
  .openapi({
    description:
      'How much each domain counted; there where it was asked for, and the model that answered weighs domains',
    example: { films: 0.61, music: 0.39 },
  })

export const recommendationAnswer = z
  .object({
    model: z.string(),
    fallback: z
      .string()
      .optional()
      .openapi({ description: 'The run that answered in place of the model, where this domain has a fallback' }),
    newUsers: z.string().optional().openapi({
      description:
        'The run that answered in place of the model, since the user is new in this domain and known elsewhere',
    }),
    domain: z.string(),
    known: z.enum(['here', 'elsewhere', 'nowhere']).openapi({
      description:
        'Where the user is known from: the history has events of this domain, of others alone, or none, so that nothing is personal but what the model learned of `user`',
    }),
    items: z.array(
      z.object({
        item: z.string(),
        score: z.number().openapi({ description: 'Orders the items of this list; not comparable between lists' }),
        rank: z.int().openapi({ description: '1 is best' }),
        sources,
      }),
    ),
    sources: sources.openapi({ description: 'The means of `sources` of the items' }),
    historyUsed: z.int().openapi({ description: 'Items of history that the model was given' }),
    ignored: z.array(z.string()).openapi({
      description: 'Fields that were skipped because the model does not know them, such as `history[2]`',
    }),
  })
  .openapi('RecommendationAnswer')

export const failure = z
  .object({
    error: z.object({
      code: z.string().openapi({ description: 'Stable; listed in docs/errors.md and docs/serving.md' }),
      message: z.string(),
      field: z.string().optional().openapi({ description: 'The field of the request at fault', example: 'history[2]' }),
      suggestion: z.string().optional().openapi({ description: 'What was probably meant' }),
    }),
  })
  .openapi('Failure')

export type Failure = z.output<typeof failure>

export const domainsQuery = z.object({ model: name('the name of a served model').optional() })

export const domainsAnswer = z
  .object({
    model: z.string(),
    domains: z.array(
      z.object({
        name: z.string(),
        items: z.int(),
        fallback: z
          .string()
          .optional()
          .openapi({ description: 'The run that answers for this domain in place of the model' }),
        newUsers: z
          .string()
          .optional()
          .openapi({ description: 'The run that answers for users who are new in this domain and known elsewhere' }),
      }),
    ),
  })
  .openapi('Domains')
