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
 * Whom a policy or a world model learns with: `truth`, the users of the truth where there is one; `log`, everybody with training rows, where
 * those of the truth are others.
 */
export const LEARNS_WITH = ['truth', 'log'] as const
export type LearnsWith = (typeof LEARNS_WITH)[number]

/**
 * The users and items of the dataset's truth, whose rewards are not looked at; without a truth, or where the truth's users are not asked for,
 * the users with training rows. Items are those of the truth, or of a domain.
 * @param domain name of the domain; may be empty where there is one domain only, or a truth
 * @throws TributaryError `bad-config` for an unknown domain or none where there are several; `bad-dataset` without training rows
 */
export function actionSpace(dataset: Dataset, domain = '', learnsWith: LearnsWith = 'truth'): ActionSpace {
  const { truth, domains } = dataset
  const only = truth === undefined ? (domains.length === 1 ? 0 : -1) : domainOfItem(dataset, truth.items[0])
  const index = domain === '' ? only : domains.indexOf(domain)
  if (index === -1) {
    const what = domain === '' ? 'several domains and none was chosen' : `no domain '${domain}'`
    throw new TributaryError('bad-config', `'${dataset.name}' has ${what}; set domain to one of ${domains.join(', ')}`)
  }
  const judged = truth !== undefined && index === only ? truth : undefined
  if (judged !== undefined && learnsWith === 'truth')
    return spaceOf(Int32Array.from(judged.users).sort(), Int32Array.from(judged.items).sort(), index)
  const seen = new Set<number>()
  for (const row of trainingRows(dataset)) seen.add(dataset.log.user[row])
  if (seen.size === 0)
    throw new TributaryError('bad-dataset', `'${dataset.name}' has no training rows, so there is no user to learn with`)
  const { start, end } = domainItems(dataset, index)
  const items = judged
    ? Int32Array.from(judged.items).sort()
    : Int32Array.from({ length: end - start }, (_, i) => start + i)
  return spaceOf(Int32Array.from(seen).sort(), items, index)
}

function spaceOf(users: Int32Array, items: Int32Array, domain: number): ActionSpace {
  return { users, items, domain, range: { start: items[0], end: items.at(-1)! + 1 } }
}
