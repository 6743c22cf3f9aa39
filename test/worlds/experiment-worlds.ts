import { createRng, type Rng } from '../../src/math/index.ts'
import type { Weighing } from '../../src/serving/experiments/experiment.ts'
import type { UserColumns } from '../../src/serving/experiments/readout/columns.ts'
import { DAY } from '../../src/serving/span.ts'

const START = Date.UTC(2026, 0, 5)
const ARMS = ['control', 'treatment'] as const

/** What users do in a service. */
export interface ServiceBody {
  /** Part of the users who come there, or that part in each arm, where an arm moves them. */
  readonly reach: number | readonly [control: number, treatment: number]
  /** Mean of the lists that such a user gets. */
  readonly lists?: number
  /** Rewards a list in the control. */
  readonly rate: number
  /** What the treatment adds to the rate, as a part of it. */
  readonly effect?: number
}

export interface ExperimentWorldOptions {
  readonly seed?: number
  readonly users?: number
  readonly days?: number
  readonly weights?: readonly [number, number]
  /** From this part of the time on other weights hold for those who come new. */
  readonly reweighed?: { readonly at: number; readonly weights: readonly [number, number] }
  readonly services?: Readonly<Record<string, ServiceBody>>
  /** Each user is in one service alone. */
  readonly exclusive?: boolean
  /** How far users differ in what they pay: the standard deviation of its logarithm. */
  readonly differ?: number
  /** What the rates lose from the first day to the last, for everybody. */
  readonly fading?: number
  /** Part of the events of the treatment that never arrive. */
  readonly eventLoss?: number
  /** Part of the users of the treatment of whom no list is known. */
  readonly userLoss?: number
  /** Part of the users who meet lists of the other arm, too. */
  readonly strayed?: number
  /** Part of the treatment's lists that are too short. */
  readonly short?: number
  /** By how much a list of the treatment takes longer, as a part. Absent: nobody knows how long lists took. */
  readonly slower?: number
  /** Users who pay much are likelier to be in the treatment. */
  readonly biased?: boolean
}

/** What was observed of the users of an experiment; a world knows all of it. */
interface WorldColumns extends Omit<UserColumns, 'seen' | 'short' | 'rewards'> {
  /** [domains][users] */
  readonly seen: readonly Float64Array[]
  readonly short: readonly Float64Array[]
  /** `purchases` alone. [domains][users] */
  readonly rewards: ReadonlyMap<
    string,
    { readonly after: readonly Float64Array[]; readonly before: readonly Float64Array[] }
  >
}

export interface ExperimentWorld {
  readonly columns: WorldColumns
  readonly start: number
  readonly end: number
  /** Treatment less control, a user, exactly: of those in a domain, and of all. Absent where the arms are not comparable. */
  readonly truth: { readonly overall: number; readonly domains: readonly number[] }
}

const SERVICES = {
  books: { reach: 0.7, rate: 0.1 },
  games: { reach: 0.5, rate: 0.08 },
  music: { reach: 0.6, rate: 0.12 },
}
const LISTS = 4
const SEEN = 0.95
const METRIC = 'purchases'

/** Users who come over some days, are assigned once, get lists in some services, and buy. */
export function experimentWorld({
  seed = 1,
  users = 10_000,
  days = 14,
  weights = [1, 1],
  reweighed,
  services = SERVICES,
  exclusive = false,
  differ = 0.5,
  fading = 0,
  eventLoss = 0,
  userLoss = 0,
  strayed: strayers = 0,
  short: shorts = 0,
  slower,
  biased = false,
}: ExperimentWorldOptions = {}): ExperimentWorld {
  const rng = createRng(seed).split('experiment world')
  const domains = Object.keys(services)
  const bodies = Object.values<ServiceBody>(services)
  const reaches = (arm: number) => bodies.map(({ reach }) => (typeof reach === 'number' ? reach : reach[arm]))
  const found: {
    arm: number
    assigned: number
    strayed: number
    each: Rng
    visits: boolean[]
    visited: boolean[]
    level: number
  }[] = []
  for (let user = 0; user < users; user++) {
    const each = rng.split(user)
    const at = each.float()
    const level = Math.exp(differ * each.normal() - differ ** 2 / 2)
    const [control, treatment] = reweighed && at >= reweighed.at ? reweighed.weights : weights
    const share = (treatment / (control + treatment)) * (biased ? Math.min(1.5, 0.9 + 0.1 * level) : 1)
    const arm = Number(each.float() < share)
    const drawn = bodies.map(() => each.float())
    const visitedIn = (reach: readonly number[]) => {
      const one = exclusive ? placeOf(drawn[0], reach) : -1
      return reach.map((share, domain) => (exclusive ? domain === one : drawn[domain] < share))
    }
    const visits = visitedIn(reaches(arm))
    // An arm moves nobody before it is met.
    const visited = visitedIn(reaches(0))
    if (!visits.some(Boolean) || (arm === 1 && each.float() < userLoss)) continue
    const assigned = START + Math.floor(at * days * DAY)
    found.push({ arm, assigned, strayed: Number(each.float() < strayers), each, visits, visited, level })
  }
  const columns = () => bodies.map(() => new Float64Array(found.length))
  const [lists, seen, short, after, before] = [columns(), columns(), columns(), columns(), columns()]
  found.forEach(({ arm, assigned, each, visits, visited, level }, user) => {
    const faded = 1 - fading * ((assigned - START) / (days * DAY))
    bodies.forEach(({ lists: mean = LISTS, rate, effect = 0 }, domain) => {
      const own = each.split(domain)
      const probability = rate * level * faded
      if (visited[domain])
        for (let list = several(own, mean); list > 0; list--) before[domain][user] += Number(own.float() < probability)
      if (!visits[domain]) return
      const count = several(own, mean)
      lists[domain][user] = count
      const arrives = () => arm === 0 || own.float() >= eventLoss
      for (let list = 0; list < count; list++) {
        if (own.float() < SEEN && arrives()) seen[domain][user]++
        if (own.float() < probability * (1 + arm * effect) && arrives()) after[domain][user]++
        if (arm === 1 && own.float() < shorts) short[domain][user]++
      }
    })
  })

  const latencyOf = (slower: number) => {
    const got = Float64Array.from(found, (_, user) => lists.reduce((sum, domain) => sum + domain[user], 0))
    const took = ({ arm, each }: (typeof found)[number]) =>
      5 * (1 + arm * slower) * Math.exp(0.5 * each.split('took').normal())
    return { milliseconds: Float64Array.from(found, (one, user) => got[user] * took(one)), lists: got }
  }

  const perUser = bodies.map(
    ({ lists: mean = LISTS, rate }, domain) =>
      (arm: number) =>
        mean * rate * (1 - fading / 2) * (1 + arm * (bodies[domain].effect ?? 0)),
  )
  const ofAll = (arm: number) => {
    const reach = reaches(arm)
    const sum = reach.reduce((sum, share) => sum + share, 0)
    const anywhere = exclusive ? sum : 1 - reach.reduce((product, share) => product * (1 - share), 1)
    return reach.reduce((all, share, domain) => all + share * perUser[domain](arm), 0) / anywhere
  }
  const weighing = (from: number, [control, treatment]: readonly [number, number]): Weighing => ({
    from,
    coverage: 1,
    weights: [control, treatment],
  })
  return {
    columns: {
      arms: ARMS,
      users: found.length,
      arm: Int32Array.from(found, ({ arm }) => arm),
      assigned: Float64Array.from(found, ({ assigned }) => assigned),
      strayed: Uint8Array.from(found, ({ strayed }) => strayed),
      weighings: [
        weighing(START, weights),
        ...(reweighed ? [weighing(START + reweighed.at * days * DAY, reweighed.weights)] : []),
      ],
      domains,
      lists,
      seen,
      short,
      latency: slower === undefined ? undefined : latencyOf(slower),
      rewards: new Map([[METRIC, { after, before }]]),
    },
    start: START,
    end: START + days * DAY,
    truth: { overall: ofAll(1) - ofAll(0), domains: perUser.map((mean) => mean(1) - mean(0)) },
  }
}

/** Nobody gains or loses. */
export const alike = (options: ExperimentWorldOptions = {}) => experimentWorld(options)

/** Music and games gain, books are harmed; all together gain. */
export const harmedService = (options: ExperimentWorldOptions = {}) =>
  experimentWorld({
    users: 30_000,
    services: {
      books: { ...SERVICES.books, effect: -0.15 },
      games: { ...SERVICES.games, effect: 0.25 },
      music: { ...SERVICES.music, effect: 0.2 },
    },
    ...options,
  })

/** Simpson's: the treatment is better in each service, and moves users to the one that pays less, so that all together lose. */
export const simpson = (options: ExperimentWorldOptions = {}) =>
  experimentWorld({
    users: 30_000,
    exclusive: true,
    services: {
      books: { reach: [0.7, 0.4], rate: 0.2, effect: 0.1 },
      music: { reach: [0.3, 0.6], rate: 0.05, effect: 0.3 },
    },
    ...options,
  })

/** No effect; three events of a hundred of the treatment never arrive. */
export const lossOfEvents = (options: ExperimentWorldOptions = {}) =>
  experimentWorld({ users: 20_000, eventLoss: 0.03, ...options })

/** No effect; rates fade, and the treatment gets most users of the second half, so that who pools all sees a loss. */
export const weightsChanged = (options: ExperimentWorldOptions = {}) =>
  experimentWorld({
    users: 20_000,
    weights: [4, 1],
    reweighed: { at: 0.5, weights: [1, 4] },
    fading: 0.5,
    ...options,
  })

/** How many, in the mean `mean`, at least one, with a tail. */
function several(rng: Rng, mean: number): number {
  const rest = mean - 1
  if (rest <= 0) return 1
  return 1 + Math.floor(Math.log(1 - rng.float()) / Math.log(rest / (1 + rest)))
}

function placeOf(drawn: number, shares: readonly number[]): number {
  let left = drawn
  for (const [place, share] of shares.entries()) {
    left -= share
    if (left < 0) return place
  }
  return shares.length - 1
}
