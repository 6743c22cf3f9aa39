import { type ItemRange, type Policy, type Query, type RewardMatrix, TributaryError } from '../core/index.ts'
import { meanRewards } from '../families/actor-critic/index.ts'
import { type Environment, trainingRows } from '../rl/index.ts'

/** A policy that learns nothing or next to nothing; every result of a simulator stands beside these. */
export interface Control {
  readonly name: string
  /** For lists and help. */
  readonly summary: string
  /** It reads what judges it: a bound, no rival. */
  readonly knowsTruth: boolean
  create(environment: Environment, options: ControlOptions): Policy
}

export interface ControlOptions {
  /** Ratings of average value that each item is given beside its own, so that one rating does not lead the list. */
  readonly shrinkage: number
}

export const CONTROLS: readonly Control[] = [
  {
    name: 'random',
    summary: 'any item, each with the same probability',
    knowsTruth: false,
    create: () => ({ ...listPolicy(new Float32Array(0)), acting: 'sampled', avoidsLeaving: false }),
  },
  {
    name: 'popularity',
    summary: 'the items with the most training rows, the same for everybody',
    knowsTruth: false,
    create: ({ dataset }) => ({ ...listPolicy(trainingSums(dataset).counts), avoidsLeaving: false }),
  },
  {
    name: 'best-list',
    summary: 'the items with the best shrunken mean of training values, the same for everybody',
    knowsTruth: false,
    create: ({ dataset }, { shrinkage }) => listPolicy(trainingMeans(dataset, shrinkage)),
  },
  {
    name: 'hindsight-list',
    summary: 'the items with the best mean of true rewards, the same for everybody',
    knowsTruth: true,
    create: ({ dataset, rewards }) => listPolicy(meanRewards(dataset.items.size, rewards)),
  },
  {
    name: 'oracle',
    summary: "each user's items with the best true rewards",
    knowsTruth: true,
    create: ({ rewards }) => oraclePolicy(rewards),
  },
]

type Dataset = Environment['dataset']

/** Takes items by one score each, [V]; ids beyond it have 0. */
function listPolicy(itemScores: Float32Array): Policy {
  return {
    acting: 'greedy',
    remembers: 'episode',
    avoidsLeaving: true,
    async score(queries, { start, end }) {
      const scores = new Float32Array(queries.length * (end - start))
      const own = itemScores.subarray(start, end)
      for (let q = 0; q < queries.length; q++) scores.set(own, q * (end - start))
      return scores
    },
  }
}

/** Rows and their values, by item; a row without a value counts 1. */
function trainingSums(dataset: Dataset): { counts: Float32Array; sums: Float64Array } {
  const { item, value } = dataset.log
  const counts = new Float32Array(dataset.items.size)
  const sums = new Float64Array(dataset.items.size)
  for (const row of trainingRows(dataset)) {
    counts[item[row]]++
    sums[item[row]] += value?.[row] ?? 1
  }
  return { counts, sums }
}

/** (sum of values + shrinkage · mean value) / (rows + shrinkage); items that nobody rated come last where there is no shrinkage. */
function trainingMeans(dataset: Dataset, shrinkage: number): Float32Array {
  const { counts, sums } = trainingSums(dataset)
  const mean = sums.reduce((a, b) => a + b, 0) / counts.reduce((a, b) => a + b, 0)
  return counts.map((count, item) =>
    count + shrinkage === 0 ? Number.NEGATIVE_INFINITY : (sums[item] + shrinkage * mean) / (count + shrinkage),
  )
}

/** More than there are episodes at a time, as a rule. */
const KEPT_ROWS = 1024

function oraclePolicy({ users, items, row }: RewardMatrix): Policy {
  const rowOf = new Map(Array.from(users, (user, r) => [user, r]))
  // A user is asked about in every turn of an episode, and a row of factors takes long to multiply out.
  const kept = new Map<number, Float32Array>()
  const rewardsOf = ({ user }: Query): Float32Array => {
    const known = user === undefined ? undefined : kept.get(user)
    if (known !== undefined) return known
    const found = user === undefined ? undefined : rowOf.get(user)
    if (found !== undefined) {
      if (kept.size === KEPT_ROWS) kept.clear()
      const rewards = row(found)
      kept.set(user!, rewards)
      return rewards
    }
    throw new TributaryError(
      'bad-argument',
      `the truth has no row for user ${user ?? 'without an id'}; ask for one of its users`,
    )
  }
  return {
    acting: 'greedy',
    remembers: 'episode',
    avoidsLeaving: true,
    async score(queries, { start, end }: ItemRange) {
      const scores = new Float32Array(queries.length * (end - start)).fill(Number.NEGATIVE_INFINITY)
      for (const [q, query] of queries.entries()) {
        const rewards = rewardsOf(query)
        const offset = q * (end - start) - start
        for (let column = 0; column < items.length; column++) {
          const item = items[column]
          if (item >= start && item < end) scores[offset + item] = rewards[column]
        }
      }
      return scores
    },
  }
}
