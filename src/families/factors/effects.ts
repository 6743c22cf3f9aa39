import { type output, type ZodObject, z } from 'zod'
import {
  type Dataset,
  defineModel,
  domainOfItem,
  type Model,
  Part,
  type Query,
  type Split,
  scoringPairs,
  type TrainContext,
  valuesToLearn,
} from '../../core/index.ts'
import { chooseByValidation, loadWeights, trainOnce } from '../../nn/index.ts'

/** λ_b and λ_c: rows without a deviation that are added to those of each user and of each item; a side that is absent has no effect. */
export interface Shrinkage<N = number> {
  readonly userShrinkage?: N
  readonly itemShrinkage?: N
}

/** How effects are told from one another. */
export interface EffectsForm {
  /** Where a user is known from: the rows of all domains, or in each domain those of that domain alone. */
  readonly known: 'all' | 'single'
  /** Times that domains, users and items are told, one after the other, each by what the others leave. */
  readonly sweeps: number
}

export interface EffectsSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly config: C
  form(config: output<C>): EffectsForm
  /** What may shrink each side, of which validation chooses; a side without a list has no effect. */
  shrinkage(config: output<C>): Shrinkage<readonly number[]>
}

/** Values of training rows, and whose they are. */
interface RatedRows {
  readonly values: Float64Array
  readonly domains: Int32Array
  /** A user's place in the table of user effects. */
  readonly users: Int32Array
  readonly items: Int32Array
}

export interface EffectsModel extends Model {
  /** Mean value in each domain, [D]. */
  readonly domains: Float32Array
  /** How far a user is from it: in all domains, [U], or in each of them, [D · U]; empty without effect. */
  readonly users: Float32Array
  /** How far an item is from it, [V]; empty without effect. */
  readonly items: Float32Array
}

export const usersOption = () =>
  z
    .enum(['all', 'single'])
    .default('all')
    .describe('where a user is known from: the rows of all domains, or in each domain those of that domain alone')

export const shrinkageOption = (whose: string) =>
  z
    .array(z.number().min(0))
    .min(1)
    .default([5, 0, 1, 2, 10, 20, 50, 100])
    .describe(
      `rows without a deviation that are added to those of ${whose}; of several validation chooses, without cases the first`,
    )

/** A model that adds up what a domain, a user and an item are rated: m_d + b_u + c_i, with those sides that it has. */
export function defineEffects<C extends ZodObject>({ form, shrinkage, ...spec }: EffectsSpec<C>) {
  return defineModel({
    ...spec,
    task: 'rating',
    unlearned: 'it counts',
    create: (config: output<C>, dataset: Dataset) => createEffects(dataset, form(config), shrinkage(config)),
    train: (model, config, context) => trainEffects(model, form(config), shrinkage(config), context),
  })
}

function createEffects(
  dataset: Dataset,
  { known }: EffectsForm,
  { userShrinkage, itemShrinkage }: Shrinkage<unknown>,
): EffectsModel {
  valuesToLearn(dataset, 'ratings')
  const [D, U, V] = [dataset.domains.length, dataset.users.size, dataset.items.size]
  const tables = {
    domains: new Float32Array(D),
    users: new Float32Array(userShrinkage === undefined ? 0 : known === 'all' ? U : D * U),
    items: new Float32Array(itemShrinkage === undefined ? 0 : V),
  }
  const { domains, users, items } = tables
  const weights = new Map(
    Object.entries(tables)
      .filter(([, data]) => data.length > 0)
      .map(([name, data]) => [name, { shape: [data.length], data }] as const),
  )
  const rating = ({ user }: Query, item: number) => {
    const domain = domainOfItem(dataset, item)
    const own = user === undefined || users.length === 0 ? 0 : users[(known === 'all' ? 0 : domain * U) + user]
    return domains[domain] + own + (items.length === 0 ? 0 : items[item])
  }
  return {
    ...tables,
    weights: () => weights,
    load: (loaded) => loadWeights(weights, loaded),
    ...scoringPairs(rating),
    async dispose() {},
  }
}

function trainEffects(
  model: EffectsModel,
  form: EffectsForm,
  grids: Shrinkage<readonly number[]>,
  context: TrainContext,
) {
  const { dataset, split } = context
  let rows: RatedRows
  const fitted = (shrinkage: Shrinkage) => {
    const { domains, users, items } = fitEffects(rows, sizesOf(model), shrinkage, form.sweeps)
    model.domains.set(domains)
    model.users.set(users)
    model.items.set(items)
    return model
  }
  const plan = {
    steps: 1,
    step() {
      rows = ratedRows(dataset, split, form)
      return rows.values.length
    },
    async choose() {
      const chosen = await chooseByValidation<Record<string, number>>({ ...grids }, fitted, context, 'rmse')
      fitted(chosen.options)
      return chosen
    },
  }
  return trainOnce(plan, model, context)
}

const sizesOf = ({ domains, users, items }: EffectsModel) => ({
  domains: domains.length,
  users: users.length,
  items: items.length,
})

function ratedRows(dataset: Dataset, split: Split, { known }: EffectsForm): RatedRows {
  const { user, item } = dataset.log
  const value = valuesToLearn(dataset, 'ratings')
  const rows = Int32Array.from(item.keys()).filter((row) => split.part[row] === Part.train)
  const domains = rows.map((row) => domainOfItem(dataset, item[row]))
  const place = (row: number, i: number) => (known === 'all' ? 0 : domains[i] * dataset.users.size) + user[row]
  return {
    values: Float64Array.from(rows, (row) => value[row]),
    domains,
    users: rows.map(place),
    items: rows.map((row) => item[row]),
  }
}

/**
 * Σ (y − m_d − b_u − c_i)² + λ_b Σ b² + λ_c Σ c² is lowered by one side after the other, each the minimum where the others stay (Koren, KDD 2008, §2.1).
 * A domain of which there is no row has the mean of all; users and items without rows have 0.
 * @param sizes 0 for a side without effect
 */
export function fitEffects(
  { values, domains, users, items }: RatedRows,
  sizes: { readonly domains: number; readonly users: number; readonly items: number },
  shrinkage: Shrinkage,
  sweeps: number,
): { readonly domains: Float64Array; readonly users: Float64Array; readonly items: Float64Array } {
  const sides = {
    domains: { of: domains, effects: new Float64Array(sizes.domains), shrunk: 0 },
    users: { of: users, effects: new Float64Array(sizes.users), shrunk: shrinkage.userShrinkage ?? 0 },
    items: { of: items, effects: new Float64Array(sizes.items), shrunk: shrinkage.itemShrinkage ?? 0 },
  }
  const told = Object.values(sides).filter(({ effects }) => effects.length > 0)
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const side of told) {
      const left = values.slice() // y without what the other sides say of it
      for (const { of, effects } of told.filter((other) => other !== side))
        for (let i = 0; i < left.length; i++) left[i] -= effects[of[i]]
      side.effects.set(shrunkMeans(side.of, left, side.effects.length, side.shrunk))
    }
  return {
    domains: withoutGaps(sides.domains.effects, domains, values),
    users: sides.users.effects,
    items: sides.items.effects,
  }
}

/** Σ left / (rows + prior) of each id; 0 of those without rows. */
function shrunkMeans(of: Int32Array, left: Float64Array, size: number, prior: number): Float64Array {
  const [sum, count] = [new Float64Array(size), new Float64Array(size)]
  for (const [i, id] of of.entries()) {
    sum[id] += left[i]
    count[id]++
  }
  return sum.map((total, id) => (count[id] === 0 ? 0 : total / (count[id] + prior)))
}

function withoutGaps(means: Float64Array, of: Int32Array, values: Float64Array): Float64Array {
  const overall = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const known = new Set(of)
  return means.map((mean, domain) => (known.has(domain) ? mean : overall))
}
