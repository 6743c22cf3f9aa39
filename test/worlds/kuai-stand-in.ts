import type { Dataset } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createRng, type Rng } from '../../src/math/index.ts'

/** How large a stand-in is: the log's users and items, those of its truth, and what a user watches of the log. */
export interface StandInSize {
  readonly logUsers: number
  readonly logItems: number
  readonly users: number
  readonly items: number
  readonly rowsOfUser: number
}

/** A tenth of KuaiRec each way, as dense as it is. */
export const SMALL: StandInSize = { logUsers: 718, logItems: 1073, users: 141, items: 333, rowsOfUser: 160 }
/** As large as KuaiRec, but for the length of its histories: a tenth of its 1,740 rows a user. */
export const LARGE: StandInSize = { logUsers: 7176, logItems: 10_728, users: 1411, items: 3327, rowsOfUser: 174 }

/** The publishers' bound of what is paid. */
export const HIGHEST = 5
const RANK = 8
const CATEGORIES = 31
/** Shares of videos with 1, 2, 3 and 4 categories. */
const CATEGORY_COUNTS = [0.6, 0.25, 0.1, 0.05]
/** Of the variance of a logarithm: item, taste, user; what is left is noise. */
const SHARES = { item: 0.25, taste: 0.35, user: 0.1 }
const NOISE = Math.sqrt(1 - SHARES.item - SHARES.taste - SHARES.user)
/** Deviations of the logarithm below and above its median, so that the quartiles are .47, .78 and 1.14. */
const [MEDIAN, BELOW, ABOVE] = [0.78, 0.75, 0.562]
/** A video that is left running: one row in so many, by a factor up to so much. */
const LEFT_RUNNING = { share: 4e-4, factor: 200 }

const zipf = (count: number) => Array.from({ length: count }, (_, i) => 1 / (i + 1))
const named = (letter: string, index: number) => `${letter}${String(index).padStart(5, '0')}`

/**
 * A world of KuaiRec's form, of which nobody has the data here: watch ratios of a logarithm of rank 8 with a heavy tail (quartiles .47, .78 and
 * 1.14, mean .92, above 100 at times), 1 to 4 of 31 Zipf categories a video, a log of the head and of what users like, in sessions of one
 * category whose videos follow each other in the same order, and a truth of some of its users and items, at most 5. As in KuaiRec
 * the log has no pair of the truth, so that ROLeR's observations are of other users. Says nothing of the papers' figures.
 * @param maxValue what `import --max-value` would make of the log; default as it stands
 */
export function kuaiStandIn(size: StandInSize, { seed = 1, maxValue = Number.POSITIVE_INFINITY } = {}): Dataset {
  const rng = createRng(seed).split('kuai stand-in')
  const { logUsers, logItems, users, items, rowsOfUser } = size
  const [userFactors, itemFactors] = [
    normals(logUsers * RANK, rng.split('users')),
    normals(logItems * RANK, rng.split('items')),
  ]
  const [userEffect, itemEffect] = [
    normals(logUsers, rng.split('user effect')),
    normals(logItems, rng.split('item effect')),
  ]
  const taste = (u: number, i: number): number => {
    let sum = 0
    for (let f = 0; f < RANK; f++) sum += userFactors[u * RANK + f] * itemFactors[i * RANK + f]
    return sum / Math.sqrt(RANK)
  }
  const watched = (u: number, i: number, noise: Rng): number => {
    const known =
      Math.sqrt(SHARES.item) * itemEffect[i] +
      Math.sqrt(SHARES.taste) * taste(u, i) +
      Math.sqrt(SHARES.user) * userEffect[u]
    const z = known + NOISE * noise.normal()
    const ratio = MEDIAN * Math.exp(z * (z < 0 ? BELOW : ABOVE))
    return noise.float() < LEFT_RUNNING.share ? ratio * LEFT_RUNNING.factor ** noise.float() : ratio
  }
  const categories = categoriesOf(logItems, rng.split('categories'))
  const inTruth = {
    users: chosen(logUsers, users, rng.split('truth users')),
    items: chosen(logItems, items, rng.split('truth items')),
  }
  const isUser = marks(logUsers, inTruth.users)
  const isItem = marks(logItems, inTruth.items)

  // What is seen: the head, which a Zipf law of the items' own order makes, what is good, and what the user likes.
  const popularity = Float64Array.from({ length: logItems }, (_, i) => -0.7 * Math.log(i + 1) + 0.5 * itemEffect[i])
  const order = rng.split('sessions')
  const columns = { user: [] as string[], item: [] as string[], value: [] as number[], timestamp: [] as number[] }
  const add = (u: number, i: number, value: number, time: number) => {
    columns.user.push(named('u', u))
    columns.item.push(named('v', i))
    columns.value.push(Math.min(maxValue, value))
    columns.timestamp.push(time)
  }
  const keys = new Float64Array(logItems)
  for (let u = 0; u < logUsers; u++) {
    const own = rng.split('log', u)
    for (let i = 0; i < logItems; i++)
      keys[i] =
        isUser[u] && isItem[i]
          ? Number.NEGATIVE_INFINITY
          : popularity[i] + 0.8 * taste(u, i) - Math.log(-Math.log(1 - own.float()))
    const least = keys.slice().sort()[logItems - rowsOfUser]
    const seen = [...keys.keys()].filter((i) => keys[i] >= least)
    // Sessions of one category, each in the order of popularity, in an order of the user's own.
    const place = Float64Array.from({ length: CATEGORIES }, (_, c) => order.split(u, c).float())
    seen.sort((a, b) => place[categories[a][0]] - place[categories[b][0]] || a - b)
    for (const [t, i] of seen.entries()) add(u, i, watched(u, i, own), 1_593_878_400 + 60 * t)
  }
  // Who or what was never seen is in no log; the truth may name none such.
  const [usersSeen, itemsSeen] = [new Set(columns.user), new Set(columns.item)]
  for (const i of inTruth.items) if (!itemsSeen.has(named('v', i))) add(firstOther(isUser), i, MEDIAN, 1_593_878_400)
  for (const u of inTruth.users) if (!usersSeen.has(named('u', u))) throw new Error(`user ${u} has no row`)
  const all = new Set(columns.item)
  const truth = rng.split('truth')
  const values = new Float32Array(users * items)
  for (const [row, u] of inTruth.users.entries()) {
    const own = truth.split(u)
    for (const [column, i] of inTruth.items.entries())
      values[row * items + column] = Math.min(HIGHEST, watched(u, i, own))
  }
  const durations = rng.split('durations')
  const known = Array.from({ length: logItems }, (_, i) => i).filter((i) => all.has(named('v', i)))
  return buildDataset(
    'kuai-stand-in',
    { ...columns, domain: columns.user.map(() => 'videos') },
    {
      userFeatures: [
        {
          name: 'user_active_degree',
          kind: 'labels',
          of: new Map(
            Array.from({ length: logUsers }, (_, u) => [named('u', u), [userEffect[u] > 0 ? 'high' : 'low']]),
          ),
        },
      ],
      itemFeatures: [
        {
          name: 'category',
          kind: 'labels',
          of: new Map(known.map((i) => [named('v', i), categories[i].map((c) => `c${c}`)])),
        },
        {
          name: 'duration',
          kind: 'number',
          of: new Map(known.map((i) => [named('v', i), 5 + 60 * durations.split(i).float()])),
        },
      ],
      truth: {
        users: inTruth.users.map((u) => named('u', u)),
        items: inTruth.items.map((i) => named('v', i)),
        values,
      },
    },
  )
}

const normals = (count: number, rng: Rng) => Float64Array.from({ length: count }, () => rng.normal())

function marks(size: number, ids: readonly number[]): Uint8Array {
  const marked = new Uint8Array(size)
  for (const id of ids) marked[id] = 1
  return marked
}

const firstOther = (marked: Uint8Array) => marked.indexOf(0)

/** `count` of the numbers below `size`, each set alike. */
function chosen(size: number, count: number, rng: Rng): number[] {
  return [...rng.shuffle(Int32Array.from({ length: size }, (_, i) => i)).subarray(0, count)].sort((a, b) => a - b)
}

/** Distinct categories of each video, the first of which is its session. */
function categoriesOf(count: number, rng: Rng): number[][] {
  const weights = zipf(CATEGORIES)
  const draw = (among: readonly number[]) => {
    let point = rng.float() * among.reduce((a, b) => a + b, 0)
    for (const [c, weight] of among.entries()) {
      point -= weight
      if (point < 0) return c
    }
    return among.length - 1
  }
  return Array.from({ length: count }, () => {
    const own: number[] = []
    for (const wanted = 1 + draw(CATEGORY_COUNTS); own.length < wanted; ) {
      const category = draw(weights)
      if (!own.includes(category)) own.push(category)
    }
    return own
  })
}
