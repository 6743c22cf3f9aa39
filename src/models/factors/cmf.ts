import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  domainOfItem,
  learnedIds,
  type Model,
  Part,
  type Query,
  type Split,
  type TrainContext,
  valuesToLearn,
} from '../../core/index.ts'
import { fitFactors, solveUser, widthOf } from '../../families/bridges/index.ts'
import { fitEffects } from '../../families/factors/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { chooseByValidation, loadWeights, trainOnce } from '../../nn/index.ts'

const ridge = (values: number[], help: string) =>
  z
    .array(z.number().positive())
    .min(1)
    .default(values)
    .describe(`${help}; of several validation chooses, without cases the first`)

const config = z.object({
  width: z.int().min(1).default(10).describe('k, numbers of each user and item whose products say what suits whom'),
  factorRidge: ridge([20, 5, 50, 100, 200], 'λ, rows that draw the vectors to 0'),
  userRidge: ridge([10, 2, 5, 20, 50], 'λ_b, rows that draw what a user gives more than others to 0'),
  itemRidge: ridge([5, 2, 10], 'λ_c, rows that draw what an item is given more than others to 0'),
  sweeps: z.int().min(1).default(10).describe('times that users and items are solved'),
})

type Config = z.output<typeof config>

type Ridges = Readonly<Record<'factorRidge' | 'userRidge' | 'itemRidge', number>>

interface Cmf extends Model {
  /** Solves everything anew. */
  fit(ridges: Ridges, rng: Rng): void
}

// Weights: `means` [D]; `users` [U, 1 + k], b_u and p_u, one table for all domains; `items` [V, 1 + k], c_v and q_v; `ridges` [2], logarithms of what
// draws the vector of a user who is known by a history alone.
function create({ width, sweeps }: Config, dataset: Dataset, split: Split): Cmf {
  const values = valuesToLearn(dataset, 'ratings')
  const shape = { factors: width, offsets: true }
  const n = widthOf(shape)
  const size = { domains: dataset.domains.length, users: dataset.users.size, items: dataset.items.size }
  const tensor = (...of: number[]) => ({ shape: of, data: new Float32Array(of.reduce((a, b) => a * b)) })
  const means = tensor(size.domains)
  const users = tensor(size.users, n)
  const items = tensor(size.items, n)
  const ridges = tensor(2)
  const weights = new Map(Object.entries({ means, users, items, ridges }))
  const learned = learnedIds(dataset, split)

  const vectorOf = ({ user, history, values: rated }: Query): ArrayLike<number> => {
    if (user !== undefined && learned.users[user] === 1) return users.data.subarray(user * n, (user + 1) * n)
    const told = Array.from(history, (item, t) => [item, rated?.[t] ?? Number.NaN] as const)
      .filter(([item, value]) => learned.items[item] === 1 && Number.isFinite(value))
      .map(([item, value]) => [item, value - means.data[domainOfItem(dataset, item)]] as const)
    const [offset, factors] = ridges.data
    return solveUser(shape, items.data, told, { offset: Math.exp(offset), factors: Math.exp(factors) })
  }
  const rating = (vector: ArrayLike<number>, item: number) => {
    let sum = means.data[domainOfItem(dataset, item)] + items.data[item * n] + vector[0] // μ_d + c_v + b_u
    for (let f = 1; f < n; f++) sum += vector[f] * items.data[item * n + f] // + ⟨p_u, q_v⟩
    return sum
  }
  return {
    weights: () => weights,
    load: (loaded) => loadWeights(weights, loaded),
    async score(queries, { start, end }) {
      const scores = new Float32Array(queries.length * (end - start))
      for (const [q, query] of queries.entries()) {
        const vector = vectorOf(query)
        for (let item = start; item < end; item++) scores[q * (end - start) + item - start] = rating(vector, item)
      }
      return scores
    },
    scorePairs: async (queries, asked) => Float32Array.from(queries, (query, i) => rating(vectorOf(query), asked[i])),
    fit({ factorRidge, userRidge, itemRidge }, rng) {
      const { log } = dataset
      const rows = Int32Array.from(log.item.keys()).filter((row) => split.part[row] === Part.train)
      const whose = { users: rows.map((row) => log.user[row]), items: rows.map((row) => log.item[row]) }
      const domains = whose.items.map((item) => domainOfItem(dataset, item))
      const shrinkage = { userShrinkage: userRidge, itemShrinkage: itemRidge }
      const level = fitEffects(
        { ...whose, domains, values: Float64Array.from(rows, (row) => values[row]) },
        size,
        shrinkage,
        sweeps,
      )
      const above = Float32Array.from(rows, (row, i) => values[row] - level.domains[domains[i]])
      const drawn = { factors: factorRidge, users: userRidge, items: itemRidge }
      const fitted = fitFactors({ ...whose, values: above }, size, shape, { ridges: drawn, sweeps }, rng)
      means.data.set(level.domains.map((mean) => mean + fitted.mean))
      users.data.set(fitted.users)
      items.data.set(fitted.items)
      ridges.data.set([Math.log(fitted.ridge.offset), Math.log(fitted.ridge.factors)])
    },
    async dispose() {},
  }
}

function train(model: Cmf, { factorRidge, userRidge, itemRidge }: Config, context: TrainContext) {
  const rng = createRng(context.seed).split('cmf')
  const fitted = (ridges: Ridges) => {
    model.fit(ridges, rng)
    return model
  }
  const plan = {
    steps: 1,
    step: () => context.split.part.filter((part) => part === Part.train).length,
    async choose() {
      const grids = { factorRidge, userRidge, itemRidge }
      const chosen = await chooseByValidation<Ridges>(grids, fitted, context, 'rmse')
      fitted(chosen.options)
      return chosen
    },
  }
  return trainOnce(plan, model, context)
}

export const cmf = defineModel({
  name: 'cmf',
  task: 'rating',
  unlearned: 'of users and items without rows it expects nothing beyond the mean of the domain',
  summary: 'ratings of all domains factorized together: one vector a user, whatever the domain, and one an item',
  paper: { title: 'Relational Learning via Collective Matrix Factorization', year: 2008, venue: 'KDD' },
  config,
  create,
  train,
})
