import { giveWay } from '../../../core/index.ts'
import type { Decision } from '../../decision.ts'
import { IMPRESSION } from '../../impression.ts'
import { parseReward, type Reward } from '../../rewards.ts'
import { DAY } from '../../span.ts'
import type { Store, StoredEvent } from '../../store/store.ts'
import type { Experiment } from '../experiment.ts'
import type { LatencyColumns, RewardColumns, UserColumns } from './columns.ts'
import { listsOf, type ObserveOptions, spanOf } from './lists.ts'

const PAGE = 1000
/** What is known of a user before: the same for all, whenever they came. */
const BEFORE = 14 * DAY

export interface Observed {
  readonly columns: UserColumns
  /** Lists before this time are counted. */
  readonly until: number
}

/**
 * Reads what users did in an experiment: lists that say they are of it, and events that name such a list. Memory grows with some numbers a list
 * and a user.
 * @throws TributaryError `mismatch` for an experiment that was not started; `store-failed`, `interrupted`
 */
export async function observe(
  store: Pick<Store, 'decisions' | 'events'>,
  experiment: Experiment,
  options: ObserveOptions,
): Promise<Observed> {
  const span = spanOf(experiment, options)
  const metrics = [...experiment.metrics, ...(experiment.guardrails ?? [])]
  const rewards = metrics.map(({ reward }) => parseReward(reward))
  const lists = new Lists(experiment)
  for await (const decision of listsOf(store, experiment, span, options)) lists.add(decision)
  let after: string | undefined
  const came = new Rewards(lists, rewards)
  do {
    await giveWay(options.signal, () => 'stopped while events were read')
    const page = await store.events({
      since: span.since - BEFORE,
      until: span.until + span.longest,
      after,
      limit: PAGE,
    })
    for (const event of page.rows) came.add(event)
    after = page.next
  } while (after !== undefined)
  const columns = {
    ...lists.columns(experiment),
    ...came.columns(metrics.map((metric) => metric.name)),
  }
  return { columns, until: span.until }
}

/** Who got which lists. */
class Lists {
  readonly ofUser: boolean
  readonly users = new Map<string, number>()
  readonly domains = new Map<string, number>()
  /** By the id of a list. */
  readonly places = new Map<string, number>()
  // Of users.
  readonly arm: number[] = []
  readonly first: number[] = []
  readonly strayed: number[] = []
  // Of lists.
  readonly user: number[] = []
  readonly domain: number[] = []
  readonly at: number[] = []
  readonly short: number[] = []
  /** NaN where a record does not say. */
  readonly took: number[] = []
  readonly #arms: ReadonlyMap<string, number>

  constructor({ unit, arms }: Experiment) {
    this.ofUser = unit !== 'session'
    this.#arms = new Map(arms.map((arm, place) => [arm.name, place]))
  }

  add({ id, at, experiment, user, session, domain, items, asked, took = Number.NaN }: Decision): void {
    const unit = this.ofUser ? user : session
    const arm = this.#arms.get(experiment?.arm ?? '')
    if (unit === undefined || arm === undefined) return
    const number = numberOf(this.users, unit)
    if (number === this.arm.length) {
      this.arm.push(arm)
      this.first.push(at)
      this.strayed.push(0)
    } else if (this.arm[number] !== arm) this.strayed[number] = 1
    this.places.set(id, this.user.length)
    this.user.push(number)
    this.domain.push(numberOf(this.domains, domain))
    this.at.push(at)
    this.short.push(Number(items.length < asked.k))
    this.took.push(took)
  }

  columns({ arms, weighings }: Experiment) {
    return {
      arms: arms.map(({ name }) => name),
      users: this.users.size,
      arm: Int32Array.from(this.arm),
      assigned: Float64Array.from(this.first),
      strayed: Uint8Array.from(this.strayed),
      weighings,
      domains: [...this.domains.keys()],
      lists: this.summed(() => 1),
      short: this.summed((list) => this.short[list]),
      latency: this.#latency(),
    }
  }

  #latency(): LatencyColumns | undefined {
    const [milliseconds, lists] = [new Float64Array(this.users.size), new Float64Array(this.users.size)]
    for (const [list, took] of this.took.entries()) {
      if (Number.isNaN(took)) continue
      milliseconds[this.user[list]] += took
      lists[this.user[list]]++
    }
    return lists.some((count) => count > 0) ? { milliseconds, lists } : undefined
  }

  /** [domains][users] */
  summed(of: (list: number) => number): Float64Array[] {
    const sums = this.empty()
    for (const [list, user] of this.user.entries()) sums[this.domain[list]][user] += of(list)
    return sums
  }

  empty(): Float64Array[] {
    return Array.from(this.domains, () => new Float64Array(this.users.size))
  }
}

/** What came of lists, and before them. */
class Rewards {
  readonly #lists: Lists
  readonly #rewards: readonly (Reward & {
    readonly counted: Set<string>
    readonly after: Float64Array[]
    readonly before: Float64Array[]
  })[]
  readonly #seen: Uint8Array
  #impressions = 0
  #pasts = 0

  constructor(lists: Lists, rewards: readonly Reward[]) {
    this.#lists = lists
    this.#rewards = rewards.map((reward) => ({
      ...reward,
      ...{ counted: new Set<string>(), after: lists.empty(), before: lists.empty() },
    }))
    this.#seen = new Uint8Array(lists.user.length)
  }

  add(event: StoredEvent): void {
    const { recommendation, type } = event
    const list = recommendation === undefined ? undefined : this.#lists.places.get(recommendation)
    if (list !== undefined && type === IMPRESSION) {
      this.#impressions++
      this.#seen[list] = 1
    } else if (list !== undefined) this.#addTo(list, event)
    this.#addPast(event)
  }

  #addTo(list: number, { type, timestamp, item = '', value = 0 }: StoredEvent): void {
    const { at, user, domain } = this.#lists
    for (const { type: wanted, within, of, after, counted } of this.#rewards) {
      if (type !== wanted || timestamp > at[list] + within) continue
      const key = `${list} ${item}`
      if (of === 'any' && counted.has(key)) continue
      if (of === 'any') counted.add(key)
      after[domain[list]][user[list]] += of === 'value' ? value : 1
    }
  }

  #addPast({ type, user: name, domain = '', timestamp, value = 0 }: StoredEvent): void {
    const { ofUser, users, domains, first } = this.#lists
    if (!ofUser) return
    const [user, place] = [users.get(name), domains.get(domain)]
    if (user === undefined || place === undefined) return
    if (timestamp >= first[user] || timestamp < first[user] - BEFORE) return
    this.#pasts++
    for (const { type: wanted, of, before } of this.#rewards)
      if (type === wanted) before[place][user] += of === 'value' ? value : 1
  }

  columns(names: readonly string[]): Pick<UserColumns, 'seen' | 'rewards'> {
    const columns = this.#rewards.map(({ after, before }, m): readonly [string, RewardColumns] => [
      names[m],
      { after, ...(this.#pasts > 0 && { before }) },
    ])
    return {
      rewards: new Map(columns),
      ...(this.#impressions > 0 && { seen: this.#lists.summed((list) => this.#seen[list]) }),
    }
  }
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, numbers.size)
  return numbers.size - 1
}
