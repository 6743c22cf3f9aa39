import { type Dataset, domainOfItem, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { createRng, type Interval, meanInterval } from '../math/index.ts'
import { type Explained, reasonsFor } from './reasons.ts'
import { recommend } from './recommend.ts'

/** What the lists of one domain owe to the events of another. */
export interface Owed extends Interval {
  readonly domain: string
  /** The part of the events of these users that is of this domain: what would be owed if every event counted alike. */
  readonly ofEvents: number
}

/** What the lists of a domain owe to the events of each, over users. */
export interface Debts {
  readonly domain: string
  /** Whose lists owe anything to their history. */
  readonly users: number
  /** Whose lists do not. */
  readonly silent: number
  /** Means over users, which add up to 1, and 95 % of the bootstrap over users; NaN where nobody's list owes anything. */
  readonly owed: readonly Owed[]
}

/** Who gives to whom: measured, not logged. */
export interface Exchange {
  /** How many users were drawn, of how many with events in several domains. */
  readonly asked: number
  readonly of: number
  /** The length of the lists. */
  readonly k: number
  readonly domains: readonly Debts[]
}

export interface ExchangeOptions {
  /** How many users are drawn; default 40. */
  readonly users?: number | undefined
  /** Length of the lists; default 10. */
  readonly k?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The last so many events of a user are asked with: of more, `reasonsFor` leaves no item out. */
const MOST_READ = 50

/**
 * Who gives to whom: for users with events in several domains, lists are made in each domain, and each item of a list is held against the
 * lists that leave one item of the history out (`reasonsFor`). A list owes to a domain the mean over its items of the shares of that
 * domain's events. The definition is the same for every scorer that reads histories; of one that does not nothing is owed.
 * @throws TributaryError `interrupted`; whatever the scorer throws
 */
export async function exchange(
  scorer: Scorer,
  dataset: Dataset,
  { users: count = 40, k = 10, signal }: ExchangeOptions = {},
): Promise<Exchange> {
  const several = usersOfSeveral(dataset)
  const drawn = createRng(0).split('exchange').shuffle(several).slice(0, count)
  const width = dataset.domains.length
  const domains: Debts[] = []
  for (const [domain, name] of dataset.domains.entries()) {
    const rows: Float64Array[] = []
    const events: Float64Array[] = []
    for (const user of drawn) {
      if (signal?.aborted) throw new TributaryError('interrupted', 'it was stopped')
      const query = { ...pastOf(dataset, user), domain }
      const owed = await owedBy(scorer, dataset, query, k)
      if (owed === undefined) continue
      rows.push(owed)
      events.push(eventShares(dataset, query.history))
    }
    domains.push({
      domain: name,
      users: rows.length,
      silent: drawn.length - rows.length,
      owed: Array.from({ length: width }, (_, d) => ({
        domain: dataset.domains[d],
        ...meanInterval(
          Float64Array.from(rows, (row) => row[d]),
          { seed: 0 },
        ),
        ofEvents: events.reduce((sum, row) => sum + row[d], 0) / events.length,
      })),
    })
  }
  return { asked: drawn.length, of: several.length, k, domains }
}

/** Mean shares of domains over the items of a list; undefined where none owes anything. */
async function owedBy(scorer: Scorer, dataset: Dataset, query: Query, k: number): Promise<Float64Array | undefined> {
  const [list] = await recommend(scorer, dataset, [query], { k, maskSeen: true })
  const answers = list.map(({ item }): Explained => ({ items: Int32Array.of(item), weights: Float32Array.of(1) }))
  const reasons = await reasonsFor(scorer, dataset, query, answers)
  const owing = reasons.filter(({ because }) => because.length > 0)
  if (owing.length === 0) return undefined
  return Float64Array.from(
    dataset.domains,
    (_, d) => owing.reduce((sum, one) => sum + one.domains[d], 0) / owing.length,
  )
}

/** Who have events in more than one domain. */
function usersOfSeveral(dataset: Dataset): Int32Array {
  const { log, users } = dataset
  const domainAt = (row: number) => domainOfItem(dataset, log.item[row])
  const found: number[] = []
  for (let user = 0; user < users.size; user++) {
    const [first, end] = [log.userStart[user], log.userStart[user + 1]]
    let row = first + 1
    while (row < end && domainAt(row) === domainAt(first)) row++
    if (row < end) found.push(user)
  }
  return Int32Array.from(found)
}

function pastOf({ log }: Dataset, user: number): Pick<Query, 'user' | 'history' | 'values'> {
  const end = log.userStart[user + 1]
  const rows = [Math.max(log.userStart[user], end - MOST_READ), end] as const
  return { user, history: log.item.slice(...rows), ...(log.value && { values: log.value.slice(...rows) }) }
}

function eventShares(dataset: Dataset, history: Int32Array): Float64Array {
  const shares = new Float64Array(dataset.domains.length)
  for (const item of history) shares[domainOfItem(dataset, item)] += 1 / history.length
  return shares
}
