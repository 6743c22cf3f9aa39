import { type Capabilities, type Dataset, domainItems, domainOfItem, type Query, type Trust } from '../../core/index.ts'
import type { BridgeModel } from './define.ts'
import type { BridgeConfig } from './options.ts'
import type { BridgeTarget } from './target.ts'

/** Trust is told of so many users of a target at most, evenly through their ids, and over so many of its items. */
const MOST_USERS = 1000
const MOST_ITEMS = 50

/** What models can whose networks say `weights` of their sources [P, D] beside `rating`. */
export function weighingCapabilities(
  model: Pick<BridgeModel, 'factors' | 'targets'>,
  { warm }: Pick<BridgeConfig, 'warm'>,
  dataset: Dataset,
): Pick<Capabilities, 'sources' | 'trust'> {
  const sources = async (queries: readonly Query[], items: Int32Array) => {
    const D = dataset.domains.length
    const counted = new Float32Array(queries.length * D)
    for (const target of model.targets.values()) {
      const own = ({ user }: Query) => user !== undefined && model.factors.trained(target.target, user) !== undefined
      const asked = [...queries.keys()].filter(
        (i) => domainOfItem(dataset, items[i]) === target.target && !(warm === 'own' && own(queries[i])),
      )
      if (asked.length === 0) continue
      const weights = await weightsOf(
        target,
        asked.map((i) => queries[i]),
        Int32Array.from(asked, (i) => items[i]),
      )
      const S = target.sources.length
      for (const [a, i] of asked.entries())
        for (const [s, domain] of target.sources.entries()) counted[i * D + domain] = weights[a * S + s]
    }
    return counted
  }
  return { sources, trust: (user) => trustIn(model, { sources, warm }, dataset, user) }
}

/** Weights of the sources of pairs, [P × D]; a person's states are computed once. */
async function weightsOf(target: BridgeTarget, queries: readonly Query[], items: Int32Array): Promise<Float32Array> {
  const places = new Map<Query, number>()
  for (const query of queries) if (!places.has(query)) places.set(query, places.size)
  const states = await target.states(Array.from(places.keys(), (query) => target.personOf(query)))
  const { weights } = await target.pairs(
    states,
    Int32Array.from(queries, (query) => places.get(query)!),
    items,
  )
  return weights.data as Float32Array
}

/**
 * How much each source counts in a target: the mean over items, and how it differs between them. Of some users who have no rows there; or of one
 * who is asked about, in every target where sources answer for that one.
 */
async function trustIn(
  { factors, targets }: Pick<BridgeModel, 'factors' | 'targets'>,
  { sources, warm }: Pick<Capabilities, 'sources'> & Pick<BridgeConfig, 'warm'>,
  dataset: Dataset,
  asked: number | undefined,
): Promise<Trust> {
  const D = dataset.domains.length
  const told = { user: [] as number[], domain: [] as number[], weight: [] as number[], spread: [] as number[] }
  for (const { target, sources: from } of targets.values()) {
    const knows = (user: number, domain: number) => factors.trained(domain, user) !== undefined
    const answered = (user: number) =>
      (!knows(user, target) || (asked !== undefined && warm === 'bridge')) &&
      from.some((domain) => domain !== target && knows(user, domain))
    const users = asked === undefined ? [...Array(dataset.users.size).keys()] : [asked]
    const { start, end } = domainItems(dataset, target)
    const items = spaced(
      Array.from({ length: end - start }, (_, i) => start + i),
      MOST_ITEMS,
    )
    for (const user of spaced(users.filter(answered), MOST_USERS)) {
      const query = { user, history: new Int32Array(0), domain: target }
      const counted = await sources(
        items.map(() => query),
        Int32Array.from(items),
      )
      for (const domain of from.filter((domain) => knows(user, domain))) {
        const own = items.map((_, i) => counted[i * D + domain])
        const mean = own.reduce((sum, value) => sum + value, 0) / own.length
        told.user.push(user)
        told.domain.push(domain)
        told.weight.push(mean)
        told.spread.push(Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length))
      }
    }
  }
  const keys = { user: Int32Array.from(told.user), domain: Int32Array.from(told.domain) }
  const summary =
    'how much a source counts in what is expected of a user who is new in the target, as a mean over items'
  return {
    of: 'domain',
    signals: [
      { name: 'weight', summary, keys, values: Float64Array.from(told.weight) },
      {
        name: 'spread',
        summary: 'standard deviation of that weight over items: 0 says that every item is judged by the same sources',
        keys,
        values: Float64Array.from(told.spread),
      },
    ],
  }
}

function spaced<X>(all: readonly X[], most: number): X[] {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)])
}
