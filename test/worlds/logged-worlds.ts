import { createRng, type Rng } from '../../src/math/index.ts'
import type { Logged, Target } from '../../src/ope/index.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 5)

/** Why nobody may say from a log what another policy would have earned. */
export const FLAWS = [
  'never-shown',
  'hardly-shown',
  'deterministic',
  'few-users',
  'heavy-users',
  'wrong-propensities',
  'missing-propensities',
] as const
export type Flaw = (typeof FLAWS)[number]

export interface LoggedWorldOptions {
  readonly seed?: number
  readonly users?: number
  /** Mean of what a user is shown; some are shown many times as much as others. */
  readonly unitsPerUser?: number
  /** In the log, with the part of the units that each has. */
  readonly domains?: Readonly<Record<string, number>>
  readonly items?: number
  /** Kinds of items: items of a kind pay alike, but for `direct`. */
  readonly groups?: number
  /** How far the rewards of items of one kind differ, so that a kind does not tell all. */
  readonly direct?: number
  /** How far the target is from what was served: the weights spread as exp(distance × normal). .3 is near, 3 far. */
  readonly distance?: number
  /** How far users differ in what they pay, whatever they are shown, so that what one user does is not independent. At most .15. */
  readonly spread?: number
  /** Part of the rewards that is gone at the end of the log, little by little. */
  readonly drift?: number
  /** Policies that served, unit by unit by chance; all have their probabilities, weighed by their parts, in `mixture`. */
  readonly loggers?: number
  /** Of several loggers each never shows the items that the next one does: only all together show what the target would. */
  readonly complementary?: boolean
  /** Days until a reward is told, in the mean; what is told after the end of the log is not in it. */
  readonly delay?: number
  /** A value for each reward, spread as exp(normal), its mean 1. */
  readonly values?: boolean
  readonly flaw?: Flaw
}

/** Probabilities or rewards of each item in each context. [contexts × items] */
export type Cells = Float64Array

export interface LoggedWorld {
  readonly logged: Logged
  readonly target: Target
  /** What the target earns a unit, exactly, over users and times without end. */
  readonly truth: { readonly overall: number; readonly domains: readonly number[] }
  /** The same of what was served. */
  readonly served: { readonly overall: number; readonly domains: readonly number[] }
  readonly items: number
  readonly contexts: number
  /** A domain and a taste. [units] */
  readonly context: Int32Array
  /** What was shown. [units] */
  readonly item: Int32Array
  /** The kind of each item. [items] */
  readonly group: Int32Array
  /** Of the target, of each logger, and what is paid in the mean. */
  readonly cells: { readonly target: Cells; readonly loggers: readonly Cells[]; readonly rewards: Cells }
  /** How probable the target makes what the logger of a unit never shows. [units] */
  readonly outside: Float64Array
  /** Milliseconds from the list to its reward, told in time or not; NaN where there is none. [units] */
  readonly delays: Float64Array
  /** Milliseconds since 1970: nothing later is in the log. */
  readonly until: number
}

const TASTES = 4
const SEVERAL = { books: 0.5, music: 0.3, games: 0.2 }

/**
 * Users of four tastes, shown one item at a time by a policy that draws, who pay or do not. All is a table over contexts (a domain and a
 * taste), so that what any policy earns is a finite sum.
 */
export function loggedWorld({
  seed = 1,
  users = 1500,
  unitsPerUser = 6,
  domains = SEVERAL,
  items = 12,
  groups = 4,
  direct = 0,
  distance = 0.6,
  spread = 0.1,
  drift = 0,
  loggers = 1,
  complementary = false,
  delay = 0,
  values = false,
  flaw,
}: LoggedWorldOptions = {}): LoggedWorld {
  // The world is one and the same whatever is drawn of it, so that the truth is a matter of its options alone.
  const made = createRng(1).split('logged world')
  const rng = createRng(seed).split('log of a logged world')
  const domainNames = Object.keys(domains)
  const shares = Object.values(domains)
  const contexts = domainNames.length * TASTES
  const group = Int32Array.from({ length: items }, (_, item) => item % groups)

  const cells = (value: (context: number, item: number) => number): Cells =>
    Float64Array.from({ length: contexts * items }, (_, cell) => value(Math.floor(cell / items), cell % items))
  const pays = normals(made.split('rewards'), contexts * groups)
  const own = normals(made.split('direct'), contexts * items)
  const rewards = cells((context, item) => {
    const kind = pays[context * groups + group[item]]
    return 0.35 + 0.12 * Math.tanh(kind) + direct * Math.tanh(own[context * items + item])
  })
  const base = normals(made.split('served'), contexts * items)
  const wish = normals(made.split('wished'), contexts * items)
  // Three fifths of what it wishes is what pays.
  const target = softmax(
    cells((context, item) => {
      const cell = context * items + item
      return 0.7 * base[cell] + distance * (0.6 * pays[context * groups + group[item]] + 0.8 * wish[cell])
    }),
    items,
  )
  const shownBy = Array.from({ length: loggers }, (_, logger) => {
    const turned = normals(made.split('logger', logger), contexts * items)
    const policy = softmax(
      cells((context, item) => 0.7 * base[context * items + item] + (logger && 0.5 * turned[context * items + item])),
      items,
    )
    if (complementary && loggers > 1)
      return without(policy, items, (_, item) => item % loggers !== logger || item === 0)
    return withFlaw(policy, target, items, flaw)
  })

  const drawnUsers = flaw === 'few-users' ? 60 : users
  const units: { user: number; effect: number; taste: number }[] = []
  for (let user = 0; user < drawnUsers; user++) {
    const each = rng.split('user', user)
    const taste = each.below(TASTES)
    const effect = spread * (2 * each.float() - 1)
    // Exponential: one user in a hundred has nearly five times the mean.
    const heavy = flaw === 'heavy-users' && user % 200 === 0 ? 150 : 1
    const count = 1 + Math.floor(-Math.log(1 - each.float()) * (unitsPerUser - 0.5)) * heavy
    for (let n = 0; n < count; n++) units.push({ user, effect, taste })
  }
  const count = units.length
  const column = () => new Float64Array(count)
  const [times, rewarded, propensities, probabilities, mixture, outside, delays] = Array.from({ length: 7 }, column)
  const [groupPropensities, groupProbabilities] = [column(), column()]
  const [domain, context, item, logger] = Array.from({ length: 4 }, () => new Int32Array(count))
  const length = 28 * DAY
  const until = START + length

  units.forEach(({ effect, taste }, unit) => {
    const each = rng.split('unit', unit)
    domain[unit] = drawnOf(each, shares, 0, shares.length)
    context[unit] = domain[unit] * TASTES + taste
    logger[unit] = each.below(loggers)
    const policy = shownBy[logger[unit]]
    const first = context[unit] * items
    item[unit] = drawnOf(each, policy, first, items)
    const cell = first + item[unit]
    const at = each.float()
    times[unit] = START + Math.floor(at * length)
    const paid = each.float() < (rewards[cell] + effect) * (1 - drift * at)
    delays[unit] = paid ? -Math.log(1 - each.float()) * delay * DAY : Number.NaN
    if (paid && times[unit] + delays[unit] < until) rewarded[unit] = values ? Math.exp(each.normal() - 0.5) : 1
    propensities[unit] = policy[cell]
    probabilities[unit] = target[cell]
    for (const one of shownBy) mixture[unit] += one[cell] / loggers
    for (let other = 0; other < items; other++) {
      if (policy[first + other] === 0) outside[unit] += target[first + other]
      if (group[other] !== group[item[unit]]) continue
      groupPropensities[unit] += policy[first + other]
      groupProbabilities[unit] += target[first + other]
    }
    if (flaw === 'wrong-propensities') propensities[unit] = 1 / items
    if (flaw === 'missing-propensities' && each.float() < 0.05) propensities[unit] = Number.NaN
  })

  const earned = (policies: readonly Cells[]) => {
    const each = shares.map((_, domain) => {
      let sum = 0
      for (let cell = domain * TASTES * items; cell < (domain + 1) * TASTES * items; cell++)
        for (const policy of policies) sum += (policy[cell] * rewards[cell]) / policies.length
      return (sum / TASTES) * (1 - drift / 2)
    })
    const all = shares.reduce((sum, share) => sum + share, 0)
    return { overall: each.reduce((sum, value, domain) => sum + value * shares[domain], 0) / all, domains: each }
  }
  return {
    logged: {
      units: count,
      users: Int32Array.from(units, ({ user }) => user),
      domains: domain,
      domainNames,
      times,
      ...(loggers > 1 && { loggers: logger, mixture }),
      rewards: rewarded,
      propensities,
      groupPropensities,
    },
    target: { name: 'target', probabilities, groupProbabilities },
    truth: earned([target]),
    served: earned(shownBy),
    items,
    contexts,
    context,
    item,
    group,
    cells: { target, loggers: shownBy, rewards },
    outside,
    delays,
    until,
  }
}

/** The target that is what was served: its value must come out as the mean of the rewards. */
export function servedAsTarget({ logged }: LoggedWorld): Target {
  return {
    name: 'served',
    probabilities: logged.propensities,
    ...(logged.groupPropensities && { groupProbabilities: logged.groupPropensities }),
  }
}

/**
 * What a reward model says of each step that knows what is paid in the mean and is wrong by `error` × a fixed draw for each cell, so that it
 * has seen no user of the log.
 */
export function modelled({ logged, target, cells, context, item, items, contexts }: LoggedWorld, error = 0) {
  const wrong = normals(createRng(2).split('reward model'), contexts * items)
  const guess = cells.rewards.map((reward, cell) => reward + error * wrong[cell])
  const expected = Float64Array.from(context, (of) => {
    let sum = 0
    for (let cell = of * items; cell < (of + 1) * items; cell++) sum += cells.target[cell] * guess[cell]
    return sum
  })
  const predicted = Float64Array.from(context, (of, unit) => guess[of * items + item[unit]])
  return { logged: { ...logged, predicted }, target: { ...target, expected } }
}

function withFlaw(policy: Cells, target: Cells, items: number, flaw: Flaw | undefined): Cells {
  if (flaw === 'deterministic') {
    const best = (context: number) => firstOfHighest(policy.subarray(context * items, (context + 1) * items))
    return without(policy, items, (context, item) => item === best(context))
  }
  if (flaw !== 'never-shown' && flaw !== 'hardly-shown') return policy
  const wished = (context: number) => firstOfHighest(target.subarray(context * items, (context + 1) * items))
  const rest = without(policy, items, (context, item) => item !== wished(context))
  if (flaw === 'never-shown') return rest
  const hardly = 5e-5
  return rest.map((share, cell) => (cell % items === wished(Math.floor(cell / items)) ? hardly : share * (1 - hardly)))
}

function firstOfHighest(values: Float64Array): number {
  return values.indexOf(values.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY))
}

/** The same policy, but for items that are not `kept`, which it never shows. */
function without(policy: Cells, items: number, kept: (context: number, item: number) => boolean): Cells {
  const rest = policy.map((share, cell) => (kept(Math.floor(cell / items), cell % items) ? share : 0))
  for (let first = 0; first < rest.length; first += items) {
    const row = rest.subarray(first, first + items)
    const sum = row.reduce((sum, share) => sum + share, 0)
    row.forEach((share, item) => {
      row[item] = share / sum
    })
  }
  return rest
}

function normals(rng: Rng, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => rng.normal())
}

/** Of each row. */
export function softmax(logits: Cells, width: number): Cells {
  return without(logits.map(Math.exp), width, () => true)
}

/** A place of `weights[first]` to `weights[first + count]`, drawn in proportion. */
export function drawnOf(rng: Rng, weights: ArrayLike<number>, first: number, count: number): number {
  let all = 0
  for (let place = 0; place < count; place++) all += weights[first + place]
  let left = rng.float() * all
  let last = 0
  for (let place = 0; place < count; place++) {
    if (weights[first + place] === 0) continue
    last = place
    left -= weights[first + place]
    if (left < 0) return place
  }
  return last
}
