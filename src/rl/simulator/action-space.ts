import { type Dataset, domainItems, domainOfItem, type ItemRange, TributaryError } from '../../core/index.ts'
import { trainingRows } from './episode-metrics.ts'

/** Whom policies learn with and what they may recommend: known before anything is paid. */
export interface ActionSpace {
  /** User ids, ascending. */
  readonly users: Int32Array
  /** Item ids of one domain, ascending. */
  readonly items: Int32Array
  readonly domain: number
  /** The narrowest range that holds the items. */
  readonly range: ItemRange
}

/**
 * The users and items of the dataset's truth, whose rewards are not looked at; without a truth the users with training rows and the
 * items of a domain.
 * @param domain name of the domain; may be empty where there is one domain only, or a truth
 * @throws TributaryError `bad-config` for an unknown domain or none where there are several; `bad-dataset` without training rows
 */
export function actionSpace(dataset: Dataset, domain = ''): ActionSpace {
  const { truth, domains } = dataset
  const only = truth === undefined ? (domains.length === 1 ? 0 : -1) : domainOfItem(dataset, truth.items[0])
  const index = domain === '' ? only : domains.indexOf(domain)
  if (index === -1) {
    const what = domain === '' ? 'several domains and none was chosen' : `no domain '${domain}'`
    throw new TributaryError('bad-config', `'${dataset.name}' has ${what}; set domain to one of ${domains.join(', ')}`)
  }
  if (truth !== undefined && index === only)
    return spaceOf(Int32Array.from(truth.users).sort(), Int32Array.from(truth.items).sort(), index)
  const seen = new Set<number>()
  for (const row of trainingRows(dataset)) seen.add(dataset.log.user[row])
  if (seen.size === 0)
    throw new TributaryError('bad-dataset', `'${dataset.name}' has no training rows, so there is no user to learn with`)
  const { start, end } = domainItems(dataset, index)
  return spaceOf(
    Int32Array.from(seen).sort(),
    Int32Array.from({ length: end - start }, (_, i) => start + i),
    index,
  )
}

function spaceOf(users: Int32Array, items: Int32Array, domain: number): ActionSpace {
  return { users, items, domain, range: { start: items[0], end: items.at(-1)! + 1 } }
}
