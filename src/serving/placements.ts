import { z } from 'zod'
import type { DrawPolicy } from '../evaluation/decide.ts'
import { expecting, fields, name } from './fields.ts'
import { filterSchema } from './filters.ts'
import { SPAN, spanOf } from './span.ts'
import type { Store, StoredEvent } from './store/store.ts'

const MOST_PINNED = 100
const DEFAULT_CANDIDATES = 200

const few = expecting('a whole number from 1 to 1000')
const rank = z.int(few).min(1, few).max(1000, few)
const share = expecting('a number from 0 to 1')
const warmth = expecting('a number above 0')
const span = expecting('a number and a unit: 90m, 12h, 7d or 4w')

// Here and below no `default`: generators of clients take a field that has one for a field that must be sent.
const candidates = rank
  .optional()
  .describe(`The best so many, of which a list is drawn. Not given: ${DEFAULT_CANDIDATES}`)

const explore = z.discriminatedUnion(
  'kind',
  [
    fields({
      kind: z.literal('plackett-luce'),
      temperature: z.number(warmth).positive(warmth).describe('In units of scores: the larger, the more is explored'),
      candidates,
    }),
    fields({
      kind: z.literal('epsilon'),
      share: z.number(share).min(0, share).max(1, share).describe('How often a slot explores'),
      slots: z.array(rank).min(1).max(100).optional().describe('The ranks that may. Not given: all'),
      candidates,
    }),
  ],
  expecting('{"kind": "plackett-luce", "temperature": number} or {"kind": "epsilon", "share": number}, or null'),
)

const repeat = fields({
  within: z.string(span).regex(SPAN, span).describe('How long an item stays away: 90m, 12h, 7d, 4w'),
  types: z.array(name('a type of events')).min(1).max(20).describe('Of which events'),
})

const origins = expecting('["model"] or ["model", "fresh"]')

/** One place in a product where a list is shown, and how its lists are put together. */
export const placementSchema = fields({
  domain: name('the name of a domain')
    .optional()
    .describe('The service whose items stand there. Not given: as the request says'),
  use: z
    .union(
      [fields({ alias: name('an alias') }), fields({ model: name('the name of a model') })],
      expecting('{"alias": name} or {"model": name}'),
    )
    .optional()
    .describe('The model that answers. Not given: as the server answers anyway'),
  candidates: z
    .array(z.enum(['model', 'fresh'], origins), origins)
    .refine((given) => new Set(given).size === given.length && given.includes('model'), origins)
    .optional()
    .describe('What lists are drawn of: what the model knows, and items that are newer than it. Not given: both'),
  fill: z
    .array(z.enum(['fallback', 'popular'], expecting('fallback or popular')))
    .max(2)
    .optional()
    .describe(
      'What fills a list that is too short: the model with the alias `fallback`, then what is popular. Not given: both',
    ),
  filter: filterSchema.optional().describe('Which items may stand there'),
  pin: z
    .array(name('the name of an item'))
    .max(MOST_PINNED)
    .optional()
    .describe('Items that stand first, in this order'),
  explore: explore
    .nullable()
    .optional()
    .describe('How lists are drawn. Not given: as the model draws, which mostly is the best first'),
  repeat: repeat
    .nullable()
    .optional()
    .describe(
      'What does not come back for a time. It stands in the place of `maskSeen`, which is then false where a request does not say it',
    ),
})

/** A placement as it was said. */
export type PlacementBody = z.output<typeof placementSchema>

/** A placement with all that was not said. */
export interface Placement extends PlacementBody {
  readonly candidates: NonNullable<PlacementBody['candidates']>
  readonly fill: NonNullable<PlacementBody['fill']>
  readonly pin: NonNullable<PlacementBody['pin']>
}

function completed(body: PlacementBody): Placement {
  const { candidates = ['model', 'fresh'], fill = ['fallback', 'popular'], pin = [] } = body
  return { ...body, candidates, fill, pin }
}

/** How requests are answered that name no placement. */
export const NO_PLACEMENT: Placement = completed({ fill: [] })

/** How a placement draws; undefined: as its model does. */
export function policyOf({ explore }: Placement): DrawPolicy | undefined {
  if (!explore) return undefined
  const { candidates = DEFAULT_CANDIDATES } = explore
  return { ...explore, candidates }
}

/** Items that must not come back yet, by the events of a user. */
export function repeated({ repeat }: Placement, events: readonly StoredEvent[], now: number): readonly string[] {
  if (!repeat) return []
  const since = now - (spanOf(repeat.within) ?? 0)
  const away = events.flatMap(({ type, item, timestamp }) =>
    item !== undefined && repeat.types.includes(type) && timestamp >= since ? [item] : [],
  )
  return [...new Set(away)]
}

/** The placements of a store, as they are now; read again where documents of the store have changed. */
export class Placements {
  readonly #store: Pick<Store, 'documents'> | undefined
  #byName: ReadonlyMap<string, Placement> = new Map()

  /** Empty until its first `refresh`. */
  constructor(store?: Pick<Store, 'documents'>) {
    this.#store = store
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  get(name: string): Placement | undefined {
    return this.#byName.get(name)
  }

  /** @throws TributaryError `store-failed`; the placements then stay as they were */
  async refresh(): Promise<void> {
    const documents = (await this.#store?.documents('placement')) ?? []
    // A newer release may have written what this one cannot read; the other placements are no worse for it.
    const read = documents.flatMap(({ name, body }) => {
      const placement = placementSchema.safeParse(body)
      return placement.success ? ([[name, completed(placement.data)]] as const) : []
    })
    this.#byName = new Map(read)
  }
}
