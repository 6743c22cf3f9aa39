import { z } from 'zod'
import { type Dataset, TributaryError, type Vectors } from '../core/index.ts'
import { a2cOptions, defineActorCritic, type ShaperContext } from '../families/actor-critic/index.ts'
import { itemLabels, type Offer, payEach } from '../rl/index.ts'

// A reward that is divided must not be negative: it is shifted in any case.
const config = z
  .object({
    ...a2cOptions(),
    gammaExposure: z.number().min(0).default(10).describe('what the exposure effect counts'),
    tau: z
      .number()
      .positive()
      .default(0.1)
      .describe('τ, turns times distance after which an item is forgotten to 1 / e'),
    distance: z
      .enum(['vectors', 'categories'])
      .default('vectors')
      .describe(
        "of two items: between the world model's vectors, in units of the typical one, or 1 over the share of common categories",
      ),
  })
  .omit({ rewardShift: true })

/** Distance of the items of two columns, 0 or more, possibly infinite. */
type Distance = (column: number, other: number) => number

/** e_t(u, i) = γ Σ_{l < t} exp(−(t − l) · dist(i, i_l) / τ), with α_u = β_i = 1. */
function exposureEffect(
  { past, column }: Pick<Offer, 'past' | 'column'>,
  distance: Distance,
  { gammaExposure, tau }: { readonly gammaExposure: number; readonly tau: number },
): number {
  let sum = 0
  for (let l = 0; l < past.length; l++) sum += Math.exp((-(past.length - l) * distance(column, past[l])) / tau)
  return gammaExposure * sum
}

/** r = (R̂[u, a] − min R̂) / (1 + e_t(u, a)). */
export function cirsRewards(
  options: z.output<typeof config>,
  { world: { rewards, itemVectors }, dataset }: Pick<ShaperContext, 'world' | 'dataset'>,
) {
  const distance =
    options.distance === 'categories' ? categoryDistance(dataset, rewards.items) : vectorDistance(itemVectors)
  return payEach(rewards, (turn) => {
    const reward = rewards.at(turn.row, turn.column) - rewards.min
    return reward / (1 + exposureEffect(turn, distance, options))
  })
}

export const cirs = defineActorCritic({
  name: 'cirs',
  summary: 'learns in the world model, where what is like the items before it is worth less',
  paper: {
    title: 'CIRS: Bursting Filter Bubbles by Counterfactual Interactive Recommender System',
    year: 2023,
    venue: 'TOIS',
  },
  config,
  shaper: cirsRewards,
})

/** Euclidean, divided by the root of the mean square over all pairs. */
function vectorDistance({ width, data }: Vectors): Distance {
  const size = data.length / width
  let variance = 0
  for (let f = 0; f < width; f++) {
    let [sum, squares] = [0, 0]
    for (let i = f; i < data.length; i += width) {
      sum += data[i]
      squares += data[i] ** 2
    }
    variance += squares / size - (sum / size) ** 2
  }
  // Over all ordered pairs of different items the mean square distance is 2 n / (n − 1) times the variance.
  const typical = Math.sqrt((2 * size * variance) / (size - 1))
  if (!(typical > 0))
    throw new TributaryError(
      'bad-config',
      'all item vectors of the world model are equal, so that they say nothing of how items differ; train it for longer, or set distance to categories',
    )
  return (column, other) => {
    let squares = 0
    for (let f = 0; f < width; f++) squares += (data[column * width + f] - data[other * width + f]) ** 2
    return Math.sqrt(squares) / typical
  }
}

/** 1 / the share of their categories that two items have in common: from 1 for the same ones to infinity for none. */
function categoryDistance(dataset: Dataset, items: Int32Array): Distance {
  const labels = itemLabels(dataset)
  const categories = Array.from(items, (item) =>
    labels === undefined ? [] : [...labels.ids.subarray(labels.start[item], labels.start[item + 1])],
  )
  if (categories.every((ids) => ids.length === 0))
    throw new TributaryError(
      'bad-dataset',
      `no item of '${dataset.name}' that cirs may recommend has a category; set distance to vectors`,
    )
  return (column, other) => {
    if (column === other) return 1
    const [a, b] = [categories[column], categories[other]]
    const common = a.filter((id) => b.includes(id)).length
    return common === 0 ? Number.POSITIVE_INFINITY : (a.length + b.length - common) / common
  }
}
