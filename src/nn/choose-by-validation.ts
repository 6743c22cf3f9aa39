import type { Dataset, Scorer, TrainContext, TriedOptions } from '../core/index.ts'

/** What decides between options of models that rank. */
export const CHOOSING_METRIC = 'ndcg@10'

type Options = Readonly<Record<string, number | boolean>>

export interface Chosen<O extends Options> {
  readonly options: O
  /** Of the options that were chosen. */
  readonly validation: Readonly<Record<string, number>>
  /** In the order in which they were tried, first the first of each grid. */
  readonly tried: readonly TriedOptions[]
  /** What was chosen among what, and by which figures; absent where there was nothing to choose. */
  readonly reason?: string
}

/**
 * Chooses options that scoring alone depends on: one after the other over its grid, the later ones at the first of theirs meanwhile.
 * Equal figures leave the earlier value, and so does a split without validation cases.
 * @param scorerOf the model with these options
 * @param metric what decides
 */
export async function chooseByValidation<O extends Options>(
  grids: { readonly [K in keyof O]: readonly O[K][] },
  scorerOf: (options: O) => Scorer,
  { validate, lessIsBetter }: Pick<TrainContext, 'validate' | 'lessIsBetter'>,
  metric: string = CHOOSING_METRIC,
): Promise<Chosen<O>> {
  const sign = lessIsBetter?.(metric) ? -1 : 1
  const names = Object.keys(grids) as (keyof O & string)[]
  // The names are those of O, which `fromEntries` cannot know.
  const first = Object.fromEntries(names.map((name) => [name, grids[name][0]])) as unknown as O
  const attempt = async (options: O) => ({ options, validation: await validate(scorerOf(options)) })
  const figure = ({ validation }: TriedOptions) => validation[metric] ?? Number.NaN
  let best = await attempt(first)
  const tried = [best]
  const open = names.filter((name) => grids[name].length > 1)
  const judged = Number.isFinite(figure(best))
  for (const name of judged ? open : []) {
    const start = best.options
    for (const value of grids[name].slice(1)) {
      const next = await attempt({ ...start, [name]: value })
      tried.push(next)
      if (sign * figure(next) > sign * figure(best)) best = next
    }
  }
  if (open.length === 0) return { ...best, tried }
  const shown = (options: O) => open.map((name) => `${name}=${options[name]}`).join(' ')
  const reason = judged
    ? `validation chose ${shown(best.options)}, by ${metric} ${figure(best).toFixed(4)}${best === tried[0] ? '' : `; ${shown(first)} has ${figure(tried[0]).toFixed(4)}`}`
    : `there are no validation cases to choose by, so ${shown(first)}`
  return { ...best, tried, reason }
}

/**
 * Gives each domain the number of a grid that its own validation cases like best; of equals the first. Without such cases it keeps the one
 * that it has.
 * @param chosen of each domain, [D], which the model scores by
 */
export async function chooseForDomains(
  chosen: Float32Array,
  grid: readonly number[],
  model: Scorer,
  { domains }: Pick<Dataset, 'domains'>,
  metric: string,
  { validate, lessIsBetter }: Pick<TrainContext, 'validate' | 'lessIsBetter'>,
): Promise<void> {
  const sign = lessIsBetter?.(metric) ? -1 : 1
  for (const d of domains.keys()) {
    let best = { number: chosen[d], value: Number.NEGATIVE_INFINITY }
    for (const number of grid) {
      chosen[d] = number
      const value = sign * (await validate(model, d))[metric]
      if (value > best.value) best = { number, value }
    }
    chosen[d] = best.number
  }
}
