import { z } from 'zod'
import type { DrawPolicy } from '../evaluation/decide.ts'
import { filterSchema } from './filters.ts'
import type { Store, StoredEvent } from './store/store.ts'

const MOST_PINNED = 100
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

const name = z.string().min(1).max(1000)
const candidates = z.int().min(1).max(1000).default(200).describe('the best so many, of which a list is drawn')

const explore = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('plackett-luce'),
      temperature: z.number().positive().describe('in units of scores: the larger, the more is explored'),
      candidates,
    }),
    z.strictObject({
      kind: z.literal('epsilon'),
      share: z.number().min(0).max(1).describe('how often a slot explores'),
      slots: z.array(z.int().min(1).max(1000)).min(1).max(100).optional().describe('ranks that may; absent: all'),
      candidates,
    }),
  ])
  .nullable()

const repeat = z
  .strictObject({
    within: z
      .string()
      .regex(/^\d{1,4}[mhdw]$/, 'must be a number and a unit, as 90m, 12h, 7d or 4w')
      .describe('how long an item stays away: 90m, 12h, 7d, 4w'),
    types: z.array(name).min(1).max(20).describe('of which events'),
  })
  .nullable()

/** One place in a product where a list is shown, and how its lists are put together. */
export const placementSchema = z.strictObject({
  domain: name.optional().describe('the service whose items stand there; absent: as the request says'),
  use: z
    .union([z.strictObject({ alias: name }), z.strictObject({ model: name })])
    .optional()
    .describe('the model that answers, by its name or an alias; absent: as the server answers anyway'),
  candidates: z
    .array(z.enum(['model', 'fresh']))
    .min(1)
    .refine((sources) => new Set(sources).size === sources.length && sources.includes('model'), {
      message: "must be ['model'] or ['model', 'fresh']",
    })
    .default(['model', 'fresh'])
    .describe('what a list is drawn of: what the model knows, and items that are newer than it'),
  fill: z
    .array(z.enum(['fallback', 'popular']))
    .max(2)
    .default(['fallback', 'popular'])
    .describe('what fills a list that is too short: the model with the alias `fallback`, what is popular'),
  filter: filterSchema.optional().describe('which items may stand there'),
  pin: z.array(name).max(MOST_PINNED).default([]).describe('items that stand first, in this order'),
  explore: explore.default(null).describe('how a list is drawn; null: as the model draws, by default the best first'),
  repeat: repeat
    .default(null)
    .describe(
      'what does not come back for a time. It stands in the place of `maskSeen`, which is then false where a request does not say it',
    ),
})

export type Placement = z.output<typeof placementSchema>

/** How plain requests are answered, which name no placement. */
export const NO_PLACEMENT: Placement = placementSchema.parse({ fill: [] })

/** How a placement draws; undefined: as its model does. */
export function policyOf({ explore }: Placement): DrawPolicy | undefined {
  return explore ?? undefined
}

/** Items that must not come back yet, by the events of a user. */
export function repeated({ repeat }: Placement, events: readonly StoredEvent[], now: number): readonly string[] {
  if (repeat === null) return []
  const [, count, unit] = /^(\d+)([mhdw])$/.exec(repeat.within) ?? []
  const since = now - Number(count) * UNITS[unit as keyof typeof UNITS]
  const away = events.flatMap(({ type, item, timestamp }) =>
    item !== undefined && repeat.types.includes(type) && timestamp >= since ? [item] : [],
  )
  return [...new Set(away)]
}

/** The placements of a store, as they are now; read again where documents of the store have changed. */
export class Placements {
  readonly #store: Pick<Store, 'documents'> | undefined
  #byName: ReadonlyMap<string, Placement> = new Map()

  private constructor(store?: Pick<Store, 'documents'>) {
    this.#store = store
  }

  /** @throws TributaryError `store-failed` */
  static async open(store?: Pick<Store, 'documents'>): Promise<Placements> {
    const placements = new Placements(store)
    await placements.refresh()
    return placements
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
      return placement.success ? ([[name, placement.data]] as const) : []
    })
    this.#byName = new Map(read)
  }
}
