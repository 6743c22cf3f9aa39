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
  prior: z.number().min(0).default(5).describe('rows without a deviation that are added to those of a user or an item'),
  users: z
    .enum(['all', 'single'])
    .default('all')
    .describe('where a user is known from: the rows of all domains, or in each domain those of that domain alone'),
})

type Config = z.output<typeof config>

interface Means extends Model {
  /** Mean value in each domain, [D]. */
  readonly domains: Float32Array
  /** How far a user is from it: in all domains, [U], or in each of them, [D · U]. */
  readonly users: Float32Array
  /** How far an item is from it, [V]. */
  readonly items: Float32Array
}

function create({ users: known }: Config, dataset: Dataset): Means {
  valuesToLearn(dataset, 'ratings')
  const [D, U] = [dataset.domains.length, dataset.users.size]
  const domains = new Float32Array(D)
  const users = new Float32Array(known === 'all' ? U : D * U)
  const items = new Float32Array(dataset.items.size)
  const weights = new Map(
    Object.entries({ domains, users, items }).map(([name, data]) => [name, { shape: [data.length], data }] as const),
  )
  const rating = ({ user }: Query, item: number) => {
    const domain = domainOfItem(dataset, item)
    const own = user === undefined ? 0 : users[(known === 'all' ? 0 : domain * U) + user]
    return domains[domain] + own + items[item]
  }
  return {
    domains,
    users,
    items,
    weights: () => weights,
    load: (loaded) => loadWeights(weights, loaded),
    ...scoringPairs(rating),
    async dispose() {},
  }
}

/** Means of what is told of ids, with `prior` zeros more of each; 0 of those of which nothing is told. */
function shrunkMeans(size: number, prior: number, told: Iterable<readonly [id: number, value: number]>): Float64Array {
  const [sum, count] = [new Float64Array(size), new Float64Array(size)]
  for (const [id, value] of told) {
    sum[id] += value
    count[id]++
  }
  return sum.map((total, id) => (count[id] === 0 ? 0 : total / (count[id] + prior)))
}

function count(model: Means, { prior, users: known }: Config, { dataset, split }: TrainContext): number {
  const { user, item } = dataset.log
  const value = valuesToLearn(dataset, 'ratings')
  const rows = Array.from(item.keys()).filter((row) => split.part[row] === Part.train)
  const domainOf = (row: number) => domainOfItem(dataset, item[row])
  const userOf = (row: number) => (known === 'all' ? 0 : domainOf(row) * dataset.users.size) + user[row]
  const told = (id: (row: number) => number, rest: (row: number) => number) =>
    rows.map((row) => [id(row), rest(row)] as const)
  const domains = shrunkMeans(
    model.domains.length,
    0,
    told(domainOf, (row) => value[row]),
  )
  const aboveDomain = (row: number) => value[row] - domains[domainOf(row)]
  const users = shrunkMeans(model.users.length, prior, told(userOf, aboveDomain))
  const items = shrunkMeans(
    model.items.length,
    prior,
    told(
      (row) => item[row],
      (row) => aboveDomain(row) - users[userOf(row)],
    ),
  )
  model.domains.set(domains)
  model.users.set(users)
  model.items.set(items)
  return rows.length
}

export const means = defineModel({
  name: 'means',
  task: 'rating',
  unlearned: 'it counts',
  summary: "ratings by a domain's mean and how far users and items are from it, counted; a control",
  config,
  create,
  train: (model, config, context) => trainOnce({ steps: 1, step: () => count(model, config, context) }, model, context),
})
