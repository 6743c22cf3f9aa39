import { z } from '@hono/zod-openapi'
import { expecting, fields, flag, name } from '../serving/fields.ts'
import { type Filter, filterSchema } from '../serving/filters.ts'

/** Longest list that one request can ask for. */
export const MOST_ITEMS = 1000
export const MOST_HISTORY = 1000
export const MOST_EXCLUDED = 10_000
/** Most items that a caller can have put in order. */
export const MOST_CANDIDATES = 1000
/** Length of a list that is not said. */
export const DEFAULT_ITEMS = 10

const historyItem = expecting('the name of an item, or an object {"item": name, "domain"?: name}')
const historyList = expecting(`a list of at most ${MOST_HISTORY} items, oldest first`)
const valueList = expecting(
  `a list of at most ${MOST_HISTORY} numbers between −3.4e38 and 3.4e38, one for each item of history`,
)
const excludeList = expecting(`a list of at most ${MOST_EXCLUDED} names of items`)
const lengthIssue = expecting(`a whole number from 1 to ${MOST_ITEMS}`)
const listLength = z.int(lengthIssue).min(1, lengthIssue).max(MOST_ITEMS, lengthIssue)
const domainOfItem = name('the name of the domain of the item')

/** Models read values as 32-bit floats, in which what is larger is infinite. */
function fitsFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value))
}

const listFields = {
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
  k: listLength.optional().openapi({
    description: `Length of the list; shorter where fewer items are left. Not given: ${DEFAULT_ITEMS}`,
  }),
  exclude: z.array(name('the name of an item'), excludeList).max(MOST_EXCLUDED, excludeList).optional().openapi({
    description: 'Items that must not be recommended. Those the model has never seen are listed in `ignored`',
  }),
  maskSeen: flag().optional().openapi({
    description:
      'Leave out the items of the history that is used. Not given: true, unless a placement says what does not come back',
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
  session: name('the name of a visit').optional().openapi({
    description:
      'The visit that this list is part of; kept in its record. A policy that remembers one episode is told the events of this visit alone',
  }),
  log: flag().optional().openapi({
    description: 'Keep a record of the list, without which there is no next page of it. Not given: true',
  }),
}

const fieldValue = { oneOf: [{ type: 'string' as const }, { type: 'number' as const }, { type: 'boolean' as const }] }
const bound = { oneOf: [{ type: 'string' as const }, { type: 'number' as const }] }
const filterRef = { $ref: '#/components/schemas/Filter' }

// A schema that holds itself is described by hand.
export const filter = z
  .custom<Filter>()
  .check(({ value, issues }) => {
    // An issue is a raw one with a message.
    for (const issue of filterSchema.safeParse(value).error?.issues ?? [])
      issues.push({ ...issue } as z.core.$ZodRawIssue)
  })
  .openapi('Filter', {
    type: 'object',
    description:
      'Which items may appear: a condition on a `field`, which is `item`, `domain`, `title`, `categories`, `hidden`, `availableFrom`, `availableUntil` or a property; or `all`, `any` or `not` of other filters',
    example: {
      all: [
        { field: 'categories', has: 'fantasy' },
        { field: 'price', lte: 20 },
      ],
    },
    additionalProperties: false,
    properties: {
      all: { type: 'array', items: filterRef },
      any: { type: 'array', items: filterRef },
      not: filterRef,
      field: { type: 'string' },
      equals: fieldValue,
      has: fieldValue,
      in: { type: 'array', items: fieldValue },
      lt: bound,
      lte: bound,
      gt: bound,
      gte: bound,
      exists: { type: 'boolean' },
    },
  })

const ownFields = {
  ...listFields,
  filter: filter.optional(),
  explain: flag().optional().openapi({
    description:
      'Say which items of the history each item owes most to, and how much of it to each domain. Asks the model once more for each item of the history. Not given: false',
  }),
}

export const recommendationRequest = fields({
  ...ownFields,
  domain: listFields.domain.optional().openapi({
    description: 'The service whose items are recommended; needed where no placement says it',
    example: 'books',
  }),
  placement: name('the name of a placement').optional().openapi({
    description:
      'The place in the product where the list is shown, which says how it is put together. Unknown users and items are then always skipped',
  }),
}).openapi('RecommendationRequest')

export type RecommendationRequest = z.output<typeof recommendationRequest>

const candidateList = expecting(`a list of 1 to ${MOST_CANDIDATES} names of items`)

export const rankingRequest = fields({
  ...ownFields,
  candidates: z
    .array(name('the name of an item'), candidateList)
    .min(1, candidateList)
    .max(MOST_CANDIDATES, candidateList)
    .openapi({
      description:
        'The items to put in order. Those of other domains, and those the model has never seen, are left out; the latter are listed in `ignored`',
    }),
  k: listLength.optional().openapi({ description: 'Length of the list. Not given: all candidates' }),
  maskSeen: flag().optional().openapi({
    description: 'Leave out the items of the history that is used. Not given: false',
  }),
}).openapi('RankingRequest')

export const nextRequest = fields({
  k: listLength.optional().openapi({
    description: `Length of the page; shorter where fewer items are left. Not given: ${DEFAULT_ITEMS}`,
  }),
  after: z
    .int(expecting('a whole number of at least 0'))
    .min(0, expecting('a whole number of at least 0'))
    .optional()
    .openapi({
      description:
        'The page begins after this rank, so that a page that was lost can be asked for again. Not given: after all that was answered so far',
    }),
}).openapi('NextRequest')

const sources = z
  .record(z.string(), z.number())
  .optional()
  .openapi({
    description:
      'How much each domain counted; there where it was asked for, and the model that answered weighs domains',
    example: { films: 0.61, music: 0.39 },
  })

const drawPolicy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('greedy') }),
  z.object({ kind: z.literal('plackett-luce'), temperature: z.number(), candidates: z.int() }),
  z.object({
    kind: z.literal('epsilon'),
    share: z.number(),
    candidates: z.int(),
    slots: z.array(z.int()).readonly().optional(),
  }),
  z.object({ kind: z.literal('policy'), acting: z.literal('sampled') }),
])

const candidatesHash = z.string().openapi({
  description: 'Of the items that could be drawn, with their scores: equal where there were the same to draw of',
})

const listId = z.string().openapi({
  description: 'Of this list; events that it led to name it as `recommendation`',
  example: 'r_01JDX7M2QW8ZB4T9KCFR3VNH6P',
})

const model = z.string().openapi({
  description: 'The model that answered, with the beginning of the hash of its weights',
  example: 'sasrec@3f2a91',
})

const historySequence = z.string().optional().openapi({
  description: 'The last event that the stored history has, where it was used and events are stored',
})

const decidedItem = z.object({
  item: z.string(),
  score: z.number().openapi({ description: 'Of the model, for this list alone; not comparable between lists' }),
  rank: z.int().openapi({ description: '1 is first' }),
  propensity: z.number().openapi({
    description: 'The probability of this item at this rank given those above it; 1 where nothing was drawn',
  }),
  source: z.enum(['model', 'fallback', 'fresh', 'popular', 'pinned', 'explored']).openapi({
    description:
      'Where the item comes from: the model or what answers in its place; `fresh`, newer than the model; `explored`, drawn to learn of it; `pinned`; or `popular`',
  }),
  filled: z.literal(true).optional().openapi({
    description:
      'Put in because the list was too short. It was not drawn and, like what is `pinned`, tells nothing of the policy',
  }),
  team: z.string().optional().openapi({ description: 'Of an interleaved list: the arm that picked it' }),
})

const decidingModel = { arm: z.string(), model: z.string(), weights: z.string(), policy: drawPolicy, candidatesHash }

const shares = z.record(z.string(), z.number())

const reasons = {
  because: z
    .array(z.object({ item: z.string(), domain: z.string(), share: z.number() }))
    .optional()
    .openapi({
      description:
        'The items of the history that it owes most to, with their shares of all that the history did for it; where it was asked for',
    }),
  owedTo: shares.optional().openapi({
    description: 'The shares of the history by domain; where it was asked for',
    example: { games: 0.61, books: 0.39 },
  }),
}

export const recommendationAnswer = z
  .object({
    id: listId,
    model,
    fallback: z
      .string()
      .optional()
      .openapi({ description: 'The run that answered in place of the model, where this domain has a fallback' }),
    newUsers: z.string().optional().openapi({
      description:
        'The run that answered in place of the model, since the user is new in this domain and known elsewhere',
    }),
    domain: z.string(),
    placement: z.string().optional(),
    experiment: z.object({ name: z.string(), arm: z.string() }).optional().openapi({
      description: 'The experiment that the user or the session takes part in, and the arm that answered',
    }),
    policy: drawPolicy.and(z.object({ candidatesHash })).openapi({
      description: 'How the list was drawn of the scores',
    }),
    known: z.enum(['here', 'elsewhere', 'nowhere']).openapi({
      description:
        'Where the user is known from: the history has events of this domain, of others alone, or none, so that nothing is personal but what the model learned of `user`',
    }),
    items: z.array(decidedItem.extend({ sources, ...reasons })),
    sources: sources.openapi({ description: 'The means of `sources` of the items' }),
    owedTo: reasons.owedTo.openapi({ description: 'The means of `owedTo` of the items that have it' }),
    historySequence,
    historyUsed: z.int().openapi({ description: 'Items of history that the model was given' }),
    ignored: z.array(z.string()).openapi({
      description: 'Fields that were skipped because the model does not know them, such as `history[2]`',
    }),
  })
  .openapi('RecommendationAnswer')

export const nextAnswer = z
  .object({ id: listId, model, domain: z.string(), items: z.array(decidedItem) })
  .openapi('NextAnswer')

export const recordAnswer = z
  .object({
    id: listId,
    at: z.int().openapi({ description: 'Milliseconds since 1970' }),
    took: z.number().optional().openapi({ description: 'Milliseconds from the request to the list' }),
    user: z.string().optional(),
    session: z.string().optional(),
    domain: z.string(),
    placement: z.string().optional(),
    model: z.string(),
    weights: z.string().openapi({ description: 'The hash of the weights' }),
    policy: drawPolicy,
    asked: z.object({
      k: z.int(),
      maskSeen: z.boolean(),
      exclude: z.array(z.string()).readonly().optional(),
      candidates: z.array(z.string()).readonly().optional(),
      filter: filter.optional(),
    }),
    candidatesHash,
    drawnOf: z
      .union([z.array(z.string()).readonly(), z.literal('many')])
      .optional()
      .openapi({ description: 'What could be drawn, where more than the question said so' }),
    news: z
      .array(
        z.object({
          item: z.string(),
          like: z.array(z.object({ item: z.string(), weight: z.number() })).readonly(),
        }),
      )
      .readonly()
      .optional()
      .openapi({ description: 'New items among them, and the items by which they are scored' }),
    historySequence,
    history: z.array(z.string()).readonly().optional(),
    values: z.array(z.number()).readonly().optional(),
    experiment: z
      .object({
        name: z.string(),
        arm: z.string(),
        mode: z.enum(['interleave', 'shadow']).optional(),
        unit: z.literal('session').optional(),
        override: z.literal(true).optional().openapi({ description: 'A tester, who is not counted' }),
        placement: z.string().optional().openapi({ description: 'By whose settings the list was put together' }),
      })
      .optional(),
    interleaved: z
      .array(z.object(decidingModel))
      .readonly()
      .optional()
      .openapi({ description: 'Both models of an interleaved list; propensities are those of the mixture' }),
    shadow: z
      .array(z.object({ ...decidingModel, items: z.array(decidedItem).readonly() }))
      .readonly()
      .optional()
      .openapi({ description: 'What other models would have answered' }),
    items: z.array(decidedItem),
    impressions: z
      .array(z.object({ at: z.int(), shown: z.array(z.string()).readonly() }))
      .optional()
      .openapi({
        description: 'When events told that the list was seen, and which of its items; there where events are stored',
      }),
  })
  .openapi('RecommendationRecord')

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
