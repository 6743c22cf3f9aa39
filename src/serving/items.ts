import { z } from 'zod'
import { quoted } from '../core/index.ts'
import { FieldError } from './field-error.ts'
import { expecting, fieldErrorOf, fields, flag, name, properties, time } from './fields.ts'
import { type Filter, matches, valuesOfItem } from './filters.ts'
import { type Rejected, rejectedOf } from './rejected.ts'
import type { ItemFilter, JsonObject, Page, Store, StoredItem } from './store/store.ts'

/** More are sent as several batches, or as a stream. */
export const MOST_ITEMS_TOLD = 1000
const MOST_CATEGORIES = 100

/** Of a filtered list, how many items are looked at for a page. */
const MOST_READ = 10_000
const READ_AT_ONCE = 1000

const categoryList = expecting(`a list of at most ${MOST_CATEGORIES} names of categories`)
const categories = z.array(name('the name of a category'), categoryList).max(MOST_CATEGORIES, categoryList)
const domain = name('the name of a domain').optional().meta({
  description:
    'Not needed where the item is known; an item of a served model is in the domain that the model knows it in',
})
const hidden = flag().optional().meta({ description: 'Never recommended while it is true. Not given: false' })
const title = z.string(expecting('text')).max(1000, expecting('text of at most 1000 characters'))

/** An item as a product describes it; what is not given is not so. */
export const item = fields({
  domain,
  hidden,
  availableFrom: time().optional().meta({ description: 'Recommended from then on' }),
  availableUntil: time().optional().meta({ description: 'Recommended before then' }),
  categories: categories.optional(),
  title: title.optional(),
  properties: properties().optional(),
})

/** One of several. */
export const namedItem = fields(
  { item: name('the name of an item'), ...item.shape },
  'an object that describes an item',
)

/** What changes of an item; null takes a field away, and properties are merged. */
export const itemPatch = fields({
  domain,
  hidden,
  availableFrom: time().nullable().optional(),
  availableUntil: time().nullable().optional(),
  categories: categories.optional(),
  title: title.nullable().optional(),
  properties: properties().optional(),
})

/** What items are checked against. */
export interface ItemContext {
  readonly store: Store
  /** The domain in which a served model knows an item, if one does. */
  modelDomain(item: string): string | undefined
}

/**
 * Puts an item in place of the one that has its name.
 * @throws FieldError where the domain is missing or another than a served model knows
 */
export async function putItem(told: z.output<typeof namedItem>, context: ItemContext): Promise<StoredItem> {
  const stored = await toStored(told, context)
  await context.store.putItems([stored])
  return stored
}

/**
 * Puts what is right of a batch, in one transaction; the last of a name counts.
 * @throws TributaryError `store-failed`; the same batch can be sent again
 */
export async function putItems(
  batch: readonly unknown[],
  context: ItemContext,
): Promise<{ readonly stored: number; readonly rejected: readonly Rejected[] }> {
  const right: StoredItem[] = []
  const rejected: Rejected[] = []
  for (const [index, told] of batch.entries())
    try {
      const { data, error } = namedItem.safeParse(told)
      if (data === undefined) throw fieldErrorOf(error)
      right.push(await toStored(data, context))
    } catch (error) {
      rejected.push(rejectedOf(error, index))
    }
  await context.store.putItems(right)
  return { stored: right.length, rejected }
}

/**
 * Changes some of what is known of an item. One that only models know becomes known to the store, too.
 * @returns undefined where there is no such item
 */
export async function patchItem(
  item: string,
  patch: z.output<typeof itemPatch>,
  context: ItemContext,
): Promise<StoredItem | undefined> {
  checkDomain(item, patch.domain, context)
  const change: JsonObject = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
  const { availableFrom: from, availableUntil: until } = { ...(await context.store.item(item)), ...patch }
  checkSpan(from ?? undefined, until ?? undefined)
  return context.store.patchItem(item, change, asModelsKnow(item, context))
}

/** Takes an item out of the catalogue, so that it is not recommended any more; whether there was one. */
export async function removeItem(item: string, context: ItemContext): Promise<boolean> {
  if (await context.store.deleteItem(item)) return true
  const known = asModelsKnow(item, context)
  if (known === undefined) return false
  await context.store.putItems([known])
  return context.store.deleteItem(item)
}

/**
 * A page of the items that the store has, by their names.
 * @param filter looks through a few thousand items at a time, so that a page may have few rows and yet a next one
 */
export async function listItems(
  { filter, limit, ...rest }: ItemFilter & { readonly filter?: Filter | undefined },
  store: Store,
): Promise<Page<StoredItem>> {
  if (filter === undefined) return store.items({ limit, ...rest })
  const found: StoredItem[] = []
  let { after } = rest
  for (let read = 0; read < MOST_READ; read += READ_AT_ONCE) {
    const { rows, next } = await store.items({ ...rest, after, limit: READ_AT_ONCE })
    for (const row of rows) {
      if (!matches(filter, (field) => valuesOfItem(row, field))) continue
      found.push(row)
      if (found.length === limit) return { rows: found, next: row.item }
    }
    after = next
    if (next === undefined) return { rows: found }
  }
  return { rows: found, next: after }
}

function asModelsKnow(item: string, { modelDomain }: ItemContext): StoredItem | undefined {
  const domain = modelDomain(item)
  return domain === undefined ? undefined : { item, domain, hidden: false, categories: [], properties: {} }
}

async function toStored(told: z.output<typeof namedItem>, context: ItemContext): Promise<StoredItem> {
  const { item, availableFrom, availableUntil, title } = told
  checkSpan(availableFrom, availableUntil)
  const domain = checkDomain(item, told.domain, context) ?? told.domain ?? (await context.store.item(item))?.domain
  if (domain === undefined)
    throw new FieldError(
      'bad-request',
      'domain',
      `'domain' is missing: ${quoted(item)} is new, and each item is of one domain`,
    )
  return {
    item,
    domain,
    hidden: told.hidden ?? false,
    categories: told.categories ?? [],
    properties: told.properties ?? {},
    ...(availableFrom !== undefined && { availableFrom }),
    ...(availableUntil !== undefined && { availableUntil }),
    ...(title !== undefined && { title }),
  }
}

/** @returns the domain in which a served model knows it */
function checkDomain(item: string, told: string | undefined, { modelDomain }: ItemContext): string | undefined {
  const known = modelDomain(item)
  if (known === undefined || told === undefined || known === told) return known
  throw new FieldError(
    'bad-request',
    'domain',
    `item ${quoted(item)} is in domain ${quoted(known)} for the models that are served, not ${quoted(told)}`,
    known,
  )
}

function checkSpan(from: number | undefined, until: number | undefined): void {
  if (from !== undefined && until !== undefined && from >= until)
    throw new FieldError('bad-request', 'availableUntil', `'availableUntil' must be later than 'availableFrom'`)
}

/** An item of the store as JSON has it. */
export function asDescribed({ availableFrom, availableUntil, categories, properties, ...item }: StoredItem) {
  return {
    ...item,
    categories: [...categories],
    properties: { ...properties },
    ...(availableFrom !== undefined && { availableFrom: new Date(availableFrom).toISOString() }),
    ...(availableUntil !== undefined && { availableUntil: new Date(availableUntil).toISOString() }),
  }
}
