import { type Dataset, domainOfItem, type Query, type Vocabulary } from '../core/index.ts'
import { FieldError, unknownField } from './field-error.ts'
import { DATASET_HISTORIES, type Histories, type Past, type PastOptions } from './histories.ts'

/** What is asked for, by names. */
export interface Asked {
  readonly domain: string
  readonly user?: string | undefined
  /** Takes the place of the stored history. */
  readonly history?: readonly (string | { readonly item: string; readonly domain?: string | undefined })[] | undefined
  /** One for each item of `history`. */
  readonly values?: readonly number[] | undefined
  readonly exclude?: readonly string[] | undefined
  /** The only items that may appear. */
  readonly candidates?: readonly string[] | undefined
  /** Skip users and items that the dataset does not know. */
  readonly ignoreUnknown?: boolean | undefined
}

/** What is asked for, in the terms of a dataset. */
export interface Question {
  readonly query: Query
  /** Fields that name what the dataset does not know, skipped as was asked. */
  readonly ignored: readonly string[]
  /** Of the last event that the stored history has; absent where it was not used, or does not change. */
  readonly sequence?: number | undefined
}

export interface AskOptions {
  /** Where `ignoreUnknown` is not said. Default false. */
  readonly ignoreUnknown?: boolean | undefined
  /** Default the log of the dataset. */
  readonly histories?: Histories | undefined
  /** Of the stored history: as it was then, or of one visit alone. */
  readonly past?: PastOptions | undefined
}

/** Comparing a misspelled item with more names than this would hold up other requests. */
const MOST_SUGGESTED_FROM = 10_000

/**
 * Translates names to a query. An unknown item that is excluded, or only a candidate, is ignored in any case: it could not appear.
 * @throws FieldError `unknown-name` for an unknown domain, user or item; `bad-request` for an item that is said to be of another
 * domain, or values that are not one for each item of the history
 */
export async function toQuestion(asked: Asked, dataset: Dataset, options: AskOptions = {}): Promise<Question> {
  const { histories = DATASET_HISTORIES } = options
  const { ignoreUnknown = options.ignoreUnknown ?? false } = asked
  const ignored: string[] = []
  const domain = dataset.domains.indexOf(asked.domain)
  if (domain === -1) throw unknownField('domain', asked.domain, 'domain', dataset.domains)

  const past = asked.user === undefined ? undefined : await histories.of(asked.user, dataset, options.past)
  if (asked.user !== undefined && past === undefined) {
    // Names of users are nobody else's business, so none is suggested.
    if (!ignoreUnknown)
      throw new FieldError(
        'unknown-name',
        'user',
        `unknown user '${asked.user}'; leave 'user' out to ask for a newcomer, with 'history' if there is one`,
      )
    ignored.push('user')
  }
  const user = past === undefined || asked.user === undefined ? undefined : dataset.users.id(asked.user)
  const sent = sentHistory(asked, dataset, ignoreUnknown, ignored)
  const { items: history, values } = sent ?? past ?? { items: new Int32Array(0) }
  const exclude = knownItems('exclude', asked.exclude, dataset, ignored)
  const candidates = knownItems('candidates', asked.candidates, dataset, ignored)
  const query: Query = {
    history,
    domain,
    ...(values !== undefined && { values }),
    ...(user !== undefined && { user }),
    ...(exclude !== undefined && exclude.length > 0 && { exclude }),
    ...(candidates !== undefined && { candidates }),
  }
  return { query, ignored, ...(sent === undefined && past?.sequence !== undefined && { sequence: past.sequence }) }
}

/** `ignored` is told of what is skipped. */
function sentHistory(
  { history, values }: Asked,
  dataset: Dataset,
  ignoreUnknown: boolean,
  ignored: string[],
): Past | undefined {
  if (values !== undefined && values.length !== history?.length) {
    const against =
      history === undefined
        ? 'there is no history; send both'
        : `history has ${history.length}; there must be one for each item`
    throw new FieldError('bad-request', 'values', `values has ${values.length} entries and ${against}`)
  }
  if (history === undefined) return undefined
  const ids: number[] = []
  const kept: number[] = []
  for (const [index, entry] of history.entries()) {
    const field = `history[${index}]`
    const { item, domain: stated } = typeof entry === 'string' ? { item: entry, domain: undefined } : entry
    const id = dataset.items.id(item)
    if (id === undefined) {
      if (!ignoreUnknown) throw unknownItem(dataset, item, field)
      ignored.push(field)
      continue
    }
    const actual = dataset.domains[domainOfItem(dataset, id)]
    if (stated !== undefined && stated !== actual)
      throw new FieldError(
        'bad-request',
        `${field}.domain`,
        `item '${item}' is in domain '${actual}', not '${stated}'`,
        actual,
      )
    ids.push(id)
    if (values !== undefined) kept.push(values[index])
  }
  return { items: Int32Array.from(ids), values: values && Float32Array.from(kept) }
}

function knownItems(
  field: string,
  names: readonly string[] | undefined,
  { items }: Dataset,
  ignored: string[],
): Int32Array | undefined {
  if (names === undefined) return undefined
  const ids: number[] = []
  for (const [index, name] of names.entries()) {
    const id = items.id(name)
    if (id === undefined) ignored.push(`${field}[${index}]`)
    else ids.push(id)
  }
  return Int32Array.from(ids)
}

/** An import may have put the domain before the names of the log (`--item-domain prefix`). */
function unknownItem({ items, domains }: Dataset, name: string, field: string): FieldError {
  const suggestion = domains.map((domain) => `${domain}:${name}`).find((prefixed) => items.id(prefixed) !== undefined)
  if (suggestion !== undefined)
    return new FieldError('unknown-name', field, `unknown item '${name}'; did you mean '${suggestion}'?`, suggestion)
  return items.size > MOST_SUGGESTED_FROM
    ? new FieldError('unknown-name', field, `unknown item '${name}'; give a name as the imported log has it`)
    : unknownField('item', name, field, itemNames(items))
}

function itemNames(items: Vocabulary): string[] {
  return Array.from({ length: items.size - 1 }, (_, index) => items.name(index + 1))
}
