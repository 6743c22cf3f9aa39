import { giveWay } from '../../../core/index.ts'
import type { Decision } from '../../decision.ts'
import { IMPRESSION } from '../../impression.ts'
import { parseReward, type Reward } from '../../rewards.ts'
import { DAY } from '../../span.ts'
import type { Store, StoredEvent } from '../../store/store.ts'
import type { Experiment } from '../experiment.ts'
import type { LatencyColumns, RewardColumns, UserColumns } from './columns.ts'
import { listsOf, type ObserveOptions, type Span, spanOf } from './lists.ts'

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
  const { at } = await observeCourse(store, experiment, options)
  return at(options.now)
}

/** What was to be observed at a moment, up to the one that it was read for. */
export interface ObservedCourse<T = Observed> {
  readonly span: Span
  at(now: number): T
}

/**
 * As `observe`, read once for every moment before: what came of a list whose window had closed then is the same now.
 * @throws as `observe`
 */
export async function observeCourse(
  store: Pick<Store, 'decisions' | 'events'>,
  experiment: Experiment,
  options: ObserveOptions,
): Promise<ObservedCourse> {
  const span = spanOf(experiment, options)
  const metrics = [...experiment.metrics, ...(experiment.guardrails ?? [])]
  const lists = new Lists(experiment)
  for await (const decision of listsOf(store, experiment, span, options)) lists.add(decision)
  let after: string | undefined
  const came = new Rewards(
    lists,
    metrics.map(({ reward }) => parseReward(reward)),
  )
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
  return {
    span,
    at: (now) => {
      const { until } = spanOf(experiment, { now })
      const counted = new Counted(lists, until)
      const names = metrics.map((metric) => metric.name)
      return {
        columns: { ...counted.columns(experiment), ...came.columns(names, counted, until + span.longest) },
        until,
      }
    },
  }
}

/** Who got which lists, a number each. */
class Lists {
  readonly ofUser: boolean
  readonly users = new Map<string, number>()
  readonly domains = new Map<string, number>()
  /** By the id of a list. */
  readonly places = new Map<string, number>()
  /** When each user got his first list. */
  readonly first: number[] = []
  readonly user: number[] = []
  readonly domain: number[] = []
  readonly arm: number[] = []
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
    if (number === this.first.length) this.first.push(at)
    this.places.set(id, this.user.length)
    this.user.push(number)
    this.domain.push(numberOf(this.domains, domain))
    this.arm.push(arm)
    this.at.push(at)
    this.short.push(Number(items.length < asked.k))
    this.took.push(took)
  }
}

/** The lists before a moment, with the users and domains that were known then. */
class Counted {
  readonly lists: Lists
  /** Places in `lists`. */
  readonly places: readonly number[]
  /** By their numbers in `lists`: theirs here, -1 for those who came later. */
  readonly users: Int32Array
  readonly domains: Int32Array
  readonly #first: number[] = []
  readonly #arm: number[] = []
  readonly #strayed: number[] = []
  readonly #names: string[] = []

  constructor(lists: Lists, until: number) {
    this.lists = lists
    this.places = [...lists.user.keys()].filter((list) => lists.at[list] < until)
    this.users = new Int32Array(lists.users.size).fill(-1)
    this.domains = new Int32Array(lists.domains.size).fill(-1)
    const names = [...lists.domains.keys()]
    for (const list of this.places) {
      const [user, domain, arm] = [lists.user[list], lists.domain[list], lists.arm[list]]
      if (this.domains[domain] === -1) this.domains[domain] = this.#names.push(names[domain]) - 1
      const number = this.users[user]
      if (number === -1) {
        this.users[user] = this.#arm.push(arm) - 1
        this.#first.push(lists.at[list])
        this.#strayed.push(0)
      } else if (this.#arm[number] !== arm) this.#strayed[number] = 1
    }
  }

  columns({ arms, weighings }: Experiment) {
    const { short } = this.lists
    return {
      arms: arms.map(({ name }) => name),
      users: this.#arm.length,
      arm: Int32Array.from(this.#arm),
      assigned: Float64Array.from(this.#first),
      strayed: Uint8Array.from(this.#strayed),
      weighings,
      domains: this.#names,
      lists: this.summed(() => 1),
      short: this.summed((list) => short[list]),
      latency: this.#latency(),
    }
  }

  #latency(): LatencyColumns | undefined {
    const [milliseconds, lists] = [new Float64Array(this.#arm.length), new Float64Array(this.#arm.length)]
    for (const list of this.places) {
      const took = this.lists.took[list]
      if (Number.isNaN(took)) continue
      const user = this.users[this.lists.user[list]]
      milliseconds[user] += took
      lists[user]++
    }
    return lists.some((count) => count > 0) ? { milliseconds, lists } : undefined
  }

  /** [domains][users] */
  summed(of: (list: number) => number): Float64Array[] {
    const sums = this.#empty()
    for (const list of this.places)
      sums[this.domains[this.lists.domain[list]]][this.users[this.lists.user[list]]] += of(list)
    return sums
  }

  /** Of columns for all users and domains, those for the ones that were known then. [domains][users] */
  picked(all: readonly Float64Array[]): Float64Array[] {
    const picked = this.#empty()
    for (const [d, domain] of this.domains.entries())
      if (domain !== -1) for (const [u, user] of this.users.entries()) if (user !== -1) picked[domain][user] = all[d][u]
    return picked
  }

  #empty(): Float64Array[] {
    return this.#names.map(() => new Float64Array(this.#arm.length))
  }
}

interface Came extends Reward {
  readonly counted: Set<string>
  /** [lists] */
  readonly after: Float64Array
  /** [domains][users] */
  readonly before: Float64Array[]
}

/** What came of lists, and before them. */
class Rewards {
  readonly #lists: Lists
  readonly #rewards: readonly Came[]
  /** When it was first told that a list was seen. [lists] */
  readonly #seen: Float64Array
  /** Whether anything is known of what a user did in a domain before. [domains][users] */
  readonly #pasts: Float64Array[]

  constructor(lists: Lists, rewards: readonly Reward[]) {
    this.#lists = lists
    const { user, users, domains } = lists
    const empty = () => Array.from(domains, () => new Float64Array(users.size))
    this.#rewards = rewards.map((reward) => ({
      ...reward,
      ...{ counted: new Set<string>(), after: new Float64Array(user.length), before: empty() },
    }))
    this.#seen = new Float64Array(user.length).fill(Number.POSITIVE_INFINITY)
    this.#pasts = empty()
  }

  add(event: StoredEvent): void {
    const { recommendation, type, timestamp } = event
    const list = recommendation === undefined ? undefined : this.#lists.places.get(recommendation)
    if (list !== undefined && type === IMPRESSION) this.#seen[list] = Math.min(this.#seen[list], timestamp)
    else if (list !== undefined) this.#addTo(list, event)
    this.#addPast(event)
  }

  #addTo(list: number, { type, timestamp, item = '', value = 0 }: StoredEvent): void {
    for (const { type: wanted, within, of, after, counted } of this.#rewards) {
      if (type !== wanted || timestamp > this.#lists.at[list] + within) continue
      const key = `${list} ${item}`
      if (of === 'any' && counted.has(key)) continue
      if (of === 'any') counted.add(key)
      after[list] += of === 'value' ? value : 1
    }
  }

  #addPast({ type, user: name, domain = '', timestamp, value = 0 }: StoredEvent): void {
    const { ofUser, users, domains, first } = this.#lists
    if (!ofUser) return
    const [user, place] = [users.get(name), domains.get(domain)]
    if (user === undefined || place === undefined) return
    if (timestamp >= first[user] || timestamp < first[user] - BEFORE) return
    this.#pasts[place][user]++
    for (const { type: wanted, of, before } of this.#rewards)
      if (type === wanted) before[place][user] += of === 'value' ? value : 1
  }

  /** @param told until when somebody told what was seen */
  columns(names: readonly string[], counted: Counted, told: number): Pick<UserColumns, 'seen' | 'rewards'> {
    const isKnown = counted.picked(this.#pasts).some((users) => users.some((count) => count > 0))
    const columns = this.#rewards.map(({ after, before }, m): readonly [string, RewardColumns] => [
      names[m],
      { after: counted.summed((list) => after[list]), ...(isKnown && { before: counted.picked(before) }) },
    ])
    const isSeen = (list: number) => this.#seen[list] < told
    return {
      rewards: new Map(columns),
      ...(counted.places.some(isSeen) && { seen: counted.summed((list) => Number(isSeen(list))) }),
    }
  }
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, numbers.size)
  return numbers.size - 1
}
