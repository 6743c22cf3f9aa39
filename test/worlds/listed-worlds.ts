import { createRng, type Rng } from '../../src/math/index.ts'
import type { Logged, Target } from '../../src/ope/index.ts'

/** What an item of a list earns depends on itself alone, on those above it, too, or on the whole list. */
export const READERS = ['independent', 'cascade', 'standard'] as const
export type Reader = (typeof READERS)[number]

export interface ListedWorldOptions {
  readonly seed?: number
  readonly reader?: Reader
  readonly users?: number
  /** Lists of a user in the mean; some get several times as many. */
  readonly listsPerUser?: number
  readonly items?: number
  readonly ranks?: number
  /** How far the target is from what was served. .3 is near, 2 far. */
  readonly distance?: number
  /** How far the reward model is wrong. */
  readonly error?: number
}

export interface KnownLog {
  readonly logged: Logged
  readonly target: Target
  /** What a unit of the target earns, and of what was served, exactly. */
  readonly truth: number
  readonly served: number
}

const TASTES = 3

/**
 * Users of three tastes, shown lists drawn by Plackett–Luce without replacement, who pay or do not at each rank. All lists can be counted, so that what
 * any policy earns is a finite sum.
 */
export function listedWorld({
  seed = 1,
  reader = 'cascade',
  users = 800,
  listsPerUser = 3,
  items = 6,
  ranks = 3,
  distance = 0.6,
  error = 0.05,
}: ListedWorldOptions = {}): KnownLog {
  const made = createRng(1).split('listed world')
  const lists = permutations(items, ranks)
  const table = (label: string, count: number) => {
    const rng = made.split(label)
    return Float64Array.from({ length: count }, () => rng.normal())
  }
  const base = table('served', TASTES * items)
  const wish = table('wished', TASTES * items)
  const pays = table('pays', TASTES * items)
  const pairs = table('pairs', items * items)
  const wrong = table('model', TASTES * items)
  const weights = (by: (cell: number) => number) => Float64Array.from(base, (_, cell) => Math.exp(by(cell)))
  const served = weights((cell) => 0.7 * base[cell])
  const asked = weights((cell) => 0.7 * base[cell] + distance * (0.6 * pays[cell] + 0.8 * wish[cell]))
  const mean = (taste: number, list: readonly number[], rank: number) => {
    const item = list[rank]
    const others = reader === 'independent' ? [] : list.slice(0, reader === 'cascade' ? rank : ranks)
    const together = others.reduce((sum, other) => sum + (other === item ? 0 : pairs[other * items + item]), 0)
    return 0.48 / (1 + 0.15 * rank) + 0.08 * Math.tanh(pays[taste * items + item]) + 0.14 * Math.tanh(together)
  }
  const guess = (taste: number, item: number, rank: number) =>
    0.48 / (1 + 0.15 * rank) + 0.08 * Math.tanh(pays[taste * items + item]) + error * wrong[taste * items + item]

  const tables = Array.from({ length: TASTES }, (_, taste) =>
    [served, asked].map((policy) => lists.map((list) => listProbability(policy, taste * items, items, list))),
  )
  const earns = (which: number) => {
    let sum = 0
    for (let taste = 0; taste < TASTES; taste++)
      for (const [index, list] of lists.entries())
        for (let rank = 0; rank < ranks; rank++) sum += (tables[taste][which][index] * mean(taste, list, rank)) / TASTES
    return sum
  }
  const atRank = Array.from({ length: TASTES }, (_, taste) =>
    [0, 1].map((which) => {
      const shares = new Float64Array(ranks * items)
      for (const [index, list] of lists.entries())
        for (const [rank, item] of list.entries()) shares[rank * items + item] += tables[taste][which][index]
      return shares
    }),
  )

  const owners: number[] = []
  const columns = {
    rewards: [] as number[],
    propensities: [] as number[],
    probabilities: [] as number[],
    rankPropensities: [] as number[],
    rankProbabilities: [] as number[],
    predicted: [] as number[],
    expected: [] as number[],
  }
  const rng = createRng(seed).split('log of a listed world')
  for (let user = 0; user < users; user++) {
    const each = rng.split('user', user)
    const taste = each.below(TASTES)
    const effect = 0.08 * (2 * each.float() - 1)
    const count = 1 + Math.floor(-Math.log(1 - each.float()) * (listsPerUser - 0.5))
    for (let n = 0; n < count; n++) {
      owners.push(user)
      const list = lists[drawn(each, tables[taste][0])]
      for (const [rank, item] of list.entries()) {
        const left = [...Array(items).keys()].filter((other) => !list.slice(0, rank).includes(other))
        const share = (policy: Float64Array, of: number) =>
          policy[taste * items + of] / left.reduce((sum, other) => sum + policy[taste * items + other], 0)
        columns.rewards.push(Number(each.float() < mean(taste, list, rank) + effect))
        columns.propensities.push(share(served, item))
        columns.probabilities.push(share(asked, item))
        columns.rankPropensities.push(atRank[taste][0][rank * items + item])
        columns.rankProbabilities.push(atRank[taste][1][rank * items + item])
        columns.predicted.push(guess(taste, item, rank))
        columns.expected.push(left.reduce((sum, other) => sum + share(asked, other) * guess(taste, other, rank), 0))
      }
    }
  }
  const column = (name: keyof typeof columns) => Float64Array.from(columns[name])
  return {
    logged: {
      ...oneDomain(owners),
      starts: Int32Array.from({ length: owners.length + 1 }, (_, unit) => unit * ranks),
      rewards: column('rewards'),
      propensities: column('propensities'),
      rankPropensities: column('rankPropensities'),
      predicted: column('predicted'),
    },
    target: {
      name: 'target',
      probabilities: column('probabilities'),
      rankProbabilities: column('rankProbabilities'),
      expected: column('expected'),
    },
    truth: earns(1),
    served: earns(0),
  }
}

function oneDomain(owners: readonly number[]) {
  return {
    units: owners.length,
    users: Int32Array.from(owners),
    domains: new Int32Array(owners.length),
    domainNames: ['shop'],
  }
}

function permutations(items: number, ranks: number): number[][] {
  if (ranks === 0) return [[]]
  return permutations(items, ranks - 1).flatMap((list) =>
    [...Array(items).keys()].filter((item) => !list.includes(item)).map((item) => [...list, item]),
  )
}

function listProbability(policy: Float64Array, first: number, items: number, list: readonly number[]): number {
  let left = 0
  for (let item = 0; item < items; item++) left += policy[first + item]
  let probability = 1
  for (const item of list) {
    probability *= policy[first + item] / left
    left -= policy[first + item]
  }
  return probability
}

function drawn(rng: Rng, shares: ArrayLike<number>): number {
  let point = rng.float()
  let place = 0
  while (place + 1 < shares.length && point >= shares[place]) point -= shares[place++]
  return place
}

export interface EpisodeWorldOptions {
  readonly seed?: number
  readonly users?: number
  readonly episodesPerUser?: number
  readonly turns?: number
  /** How far the target is from what was served. */
  readonly distance?: number
  /** Features tell a state and an item exactly (`cells`), or each of the two alone (`sides`), so that no Q is linear in them. */
  readonly features?: 'cells' | 'sides'
}

const STATES = 5
const CHOICES = 4

/** Users who go from state to state with what they are shown, pay, and leave at once or later: what any policy earns is a finite sum. */
export function episodeWorld({
  seed = 1,
  users = 1000,
  episodesPerUser = 2,
  turns = 6,
  distance = 0.5,
  features = 'cells',
}: EpisodeWorldOptions = {}): KnownLog {
  const made = createRng(1).split('episode world')
  const normals = (label: string, count: number) => {
    const rng = made.split(label)
    return Float64Array.from({ length: count }, () => rng.normal())
  }
  const shares = (logits: Float64Array, width: number) =>
    logits.map((logit, cell) => {
      const row = Math.floor(cell / width) * width
      return Math.exp(logit) / logits.subarray(row, row + width).reduce((sum, other) => sum + Math.exp(other), 0)
    })
  const cells = STATES * CHOICES
  const logits = normals('served', cells)
  const wish = normals('wished', cells)
  const pays = normals('pays', cells).map((value) => 0.4 + 0.2 * Math.tanh(value))
  const onto = shares(normals('onto', cells * STATES), STATES)
  const leaves = normals('leaves', cells).map((value) => 0.12 + 0.1 * Math.tanh(value))
  const served = shares(
    logits.map((value) => 0.6 * value),
    CHOICES,
  )
  const asked = shares(
    logits.map((value, cell) => 0.6 * value + distance * wish[cell]),
    CHOICES,
  )
  const begins = shares(normals('begins', STATES), STATES)

  const earns = (policy: Float64Array) => {
    let values = new Float64Array(STATES)
    for (let turn = 0; turn < turns; turn++)
      values = Float64Array.from({ length: STATES }, (_, state) => {
        let value = 0
        for (let cell = state * CHOICES; cell < (state + 1) * CHOICES; cell++) {
          let onward = 0
          for (let next = 0; next < STATES; next++) onward += onto[cell * STATES + next] * values[next]
          value += policy[cell] * (pays[cell] + (1 - leaves[cell]) * onward)
        }
        return value
      })
    return values.reduce((sum, value, state) => sum + begins[state] * value, 0)
  }

  const width = features === 'cells' ? cells : STATES + CHOICES
  const known = (cell: number) => {
    const row = new Float64Array(width)
    if (features === 'cells') row[cell] = 1
    else {
      row[Math.floor(cell / CHOICES)] = 1
      row[STATES + (cell % CHOICES)] = 1
    }
    return row
  }
  const expected = (state: number) => {
    const row = new Float64Array(width)
    for (let cell = state * CHOICES; cell < (state + 1) * CHOICES; cell++)
      known(cell).forEach((value, i) => {
        row[i] += asked[cell] * value
      })
    return row
  }
  const owners: number[] = []
  const starts = [0]
  const [shown, states, rewards]: [number[], number[], number[]] = [[], [], []]
  const rng = createRng(seed).split('log of an episode world')
  for (let user = 0; user < users; user++) {
    const each = rng.split('user', user)
    const effect = 0.15 * (2 * each.float() - 1)
    const count = 1 + Math.floor(-Math.log(1 - each.float()) * (episodesPerUser - 0.5))
    for (let n = 0; n < count; n++) {
      owners.push(user)
      let state = drawn(each, begins)
      for (let turn = 0; turn < turns; turn++) {
        const cell = state * CHOICES + drawn(each, served.subarray(state * CHOICES, (state + 1) * CHOICES))
        states.push(state)
        shown.push(cell)
        rewards.push(pays[cell] + effect + 0.3 * each.normal())
        if (each.float() < leaves[cell]) break
        state = drawn(each, onto.subarray(cell * STATES, (cell + 1) * STATES))
      }
      starts.push(shown.length)
    }
  }
  const rowsOf = (rows: readonly Float64Array[]) => {
    const data = new Float64Array(rows.length * width)
    rows.forEach((row, step) => {
      data.set(row, step * width)
    })
    return { width, data }
  }
  return {
    logged: {
      ...oneDomain(owners),
      starts: Int32Array.from(starts),
      rewards: Float64Array.from(rewards),
      propensities: Float64Array.from(shown, (cell) => served[cell]),
      states: Int32Array.from(states),
      features: rowsOf(shown.map(known)),
    },
    target: {
      name: 'target',
      probabilities: Float64Array.from(shown, (cell) => asked[cell]),
      features: rowsOf(states.map(expected)),
    },
    truth: earns(asked),
    served: earns(served),
  }
}
