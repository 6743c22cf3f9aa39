import { type Dataset, domainOfItem, type Query, type Vocabulary } from '../core/index.ts'
import { RequestError, unknown } from './failure.ts'
import type { RecommendationRequest } from './schema.ts'

/** A request in the terms of a dataset. */
export interface Question {
  readonly query: Query
  /** Fields that name what the dataset does not know, skipped as the request asked. */
  readonly ignored: readonly string[]
}

/** Comparing a misspelled item with more names than this would hold up other requests. */
const MOST_SUGGESTED_FROM = 10_000

/**
 * `ignoreUnknown` holds where the request does not say it. An unknown item that is excluded is ignored in any case: it could
 * not appear.
 * @throws RequestError 422 for an unknown domain, user or item, 400 for an item that is said to be of another domain or values
 * that are not one for each item of the history
 */
export function toQuestion(
  request: RecommendationRequest,
  dataset: Dataset,
  defaults: { readonly ignoreUnknown: boolean } = { ignoreUnknown: false },
): Question {
  const { items, users, log } = dataset
  const { ignoreUnknown = defaults.ignoreUnknown } = request
  const ignored: string[] = []

  const domain = dataset.domains.indexOf(request.domain)
  if (domain === -1) throw unknown('domain', request.domain, 'domain', dataset.domains)

  const itemId = (name: string, field: string): number | undefined => {
    const id = items.id(name)
    if (id !== undefined) return id
    if (!ignoreUnknown) throw unknownItem(dataset, name, field)
    ignored.push(field)
    return undefined
  }

  let user: number | undefined
  if (request.user !== undefined) {
    user = users.id(request.user)
    if (user === undefined) {
      // Names of users are nobody else's business, so none is suggested.
      if (!ignoreUnknown)
        throw new RequestError(
          422,
          `unknown user '${request.user}'; leave 'user' out to ask for a newcomer, with 'history' if there is one`,
          { field: 'user' },
        )
      ignored.push('user')
    }
  }

  const { values: sent } = request
  if (sent !== undefined && sent.length !== request.history?.length) {
    const against =
      request.history === undefined
        ? 'there is no history; send both'
        : `history has ${request.history.length}; there must be one for each item`
    throw new RequestError(400, `values has ${sent.length} entries and ${against}`, { field: 'values' })
  }
  const stored = user === undefined ? undefined : ([log.userStart[user], log.userStart[user + 1]] as const)
  let history = stored === undefined ? new Int32Array(0) : log.item.slice(...stored)
  let values = stored && log.value?.slice(...stored)
  if (request.history !== undefined) {
    const ids: number[] = []
    const kept: number[] = []
    for (const [index, entry] of request.history.entries()) {
      const field = `history[${index}]`
      const { item, domain: stated } = typeof entry === 'string' ? { item: entry, domain: undefined } : entry
      const id = itemId(item, field)
      if (id === undefined) continue
      const actual = dataset.domains[domainOfItem(dataset, id)]
      if (stated !== undefined && stated !== actual)
        throw new RequestError(400, `item '${item}' is in domain '${actual}', not '${stated}'`, {
          field: `${field}.domain`,
          suggestion: actual,
        })
      ids.push(id)
      if (sent !== undefined) kept.push(sent[index])
    }
    history = Int32Array.from(ids)
    values = sent && Float32Array.from(kept)
  }

  const exclude: number[] = []
  for (const [index, name] of (request.exclude ?? []).entries()) {
    const id = items.id(name)
    if (id === undefined) ignored.push(`exclude[${index}]`)
    else exclude.push(id)
  }

  const query: Query = {
    history,
    domain,
    ...(values !== undefined && { values }),
    ...(user !== undefined && { user }),
    ...(exclude.length > 0 && { exclude: Int32Array.from(exclude) }),
  }
  return { query, ignored }
}

/** An import may have put the domain before the names of the log (`--item-domain prefix`). */
function unknownItem({ items, domains }: Dataset, name: string, field: string): RequestError {
  const suggestion = domains.map((domain) => `${domain}:${name}`).find((prefixed) => items.id(prefixed) !== undefined)
  if (suggestion !== undefined)
    return new RequestError(422, `unknown item '${name}'; did you mean '${suggestion}'?`, { field, suggestion })
  return items.size > MOST_SUGGESTED_FROM
    ? new RequestError(422, `unknown item '${name}'; give a name as the imported log has it`, { field })
    : unknown('item', name, field, itemNames(items))
}

function itemNames(items: Vocabulary): string[] {
  return Array.from({ length: items.size - 1 }, (_, index) => items.name(index + 1))
}
