import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  domainOfItem,
  type Model,
  Part,
  type Query,
  scoringPairs,
  type TrainContext,
  valuesToLearn,
} from '../../core/index.ts'
import { loadWeights, trainOnce } from '../../nn/index.ts'

const config = z.object({
  positiveAbove: z.number().default(3).describe('a value above it is a positive label'),
  prior: z
    .number()
    .positive()
    .default(5)
    .describe("rows that the domain's mean counts for, beside those of a user or an item"),
})

type Config = z.output<typeof config>

interface Rates extends Model {
  /** Log-odds of a positive label in each domain, [D], and how far each user and item is from that, [U] and [V]. */
  readonly domains: Float32Array
  readonly users: Float32Array
  readonly items: Float32Array
}

function create(dataset: Dataset): Rates {
  valuesToLearn(dataset, 'labels')
  const domains = new Float32Array(dataset.domains.length)
  const users = new Float32Array(dataset.users.size)
  const items = new Float32Array(dataset.items.size)
  const weights = new Map(
    Object.entries({ domains, users, items }).map(([name, data]) => [name, { shape: [data.length], data }] as const),
  )
  const probability = (query: Query, item: number) => {
    const user = query.user === undefined ? 0 : users[query.user]
    return 1 / (1 + Math.exp(-(domains[domainOfItem(dataset, item)] + user + items[item])))
  }
  return {
    domains,
    users,
    items,
    weights: () => weights,
    load: (loaded) => loadWeights(weights, loaded),
    ...scoringPairs(probability),
    async dispose() {},
  }
}

/** Sums of labels and of what the domains lead to expect. */
interface Tally {
  readonly rows: Float64Array
  readonly positive: Float64Array
  readonly expected: Float64Array
}

function tally(size: number): Tally {
  return { rows: new Float64Array(size), positive: new Float64Array(size), expected: new Float64Array(size) }
}

const logOdds = (share: number) => Math.log(share / (1 - share))

/** How far the log-odds of each share are from the expected ones, shrunk by `prior` rows of the latter; 0 without rows. */
function deviations({ rows, positive, expected }: Tally, prior: number): Float32Array {
  return Float32Array.from(rows, (n, id) => {
    if (n === 0) return 0
    const mean = expected[id] / n
    return logOdds((positive[id] + prior * mean) / (n + prior)) - logOdds(mean)
  })
}

function count(model: Rates, { positiveAbove, prior }: Config, { dataset, split }: TrainContext): number {
  const { log } = dataset
  const value = valuesToLearn(dataset, 'labels')
  const trained = Array.from(log.item.keys()).filter((row) => split.part[row] === Part.train)
  const domains = tally(dataset.domains.length)
  const label = (row: number) => Number(value[row] > positiveAbove)
  for (const row of trained) {
    const domain = domainOfItem(dataset, log.item[row])
    domains.rows[domain]++
    domains.positive[domain] += label(row)
  }
  // One row of each kind more, so that a domain of one class has finite odds.
  const means = domains.rows.map((n, d) => (domains.positive[d] + 1) / (n + 2))
  const users = tally(dataset.users.size)
  const items = tally(dataset.items.size)
  for (const row of trained) {
    const mean = means[domainOfItem(dataset, log.item[row])]
    for (const [sums, id] of [
      [users, log.user[row]],
      [items, log.item[row]],
    ] as const) {
      sums.rows[id]++
      sums.positive[id] += label(row)
      sums.expected[id] += mean
    }
  }
  model.domains.set(means.map(logOdds))
  model.users.set(deviations(users, prior))
  model.items.set(deviations(items, prior))
  return trained.length
}

export const rates = defineModel({
  name: 'rates',
  task: 'ctr',
  unlearned: 'it counts',
  summary: 'labels by how often a user and an item have positive ones, counted; a control',
  config,
  create: (_config, dataset) => create(dataset),
  train: (model, config, context) => trainOnce({ steps: 1, step: () => count(model, config, context) }, model, context),
})
