import { type Dataset, giveWay, type ModelContext, type TrainContext, type TrainEvent } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { type DomainFactors, type Factors, ratedRows } from './factors.ts'
import { fitFactors, fittedValue, type RatedRows, type Ridges } from './least-squares.ts'
import type { FactorConfig } from './options.ts'

/** Every how manieth training row is held out to choose ridges by. */
const HELD_OUT = 10
const ORDER = ['factors', 'users', 'items'] as const
/** Ridges are chosen on the rows of as many drawn users as have so many: a ridge is a ratio of variances, which more rows hardly change. */
const MOST_ROWS = 100_000
/** Rounds over all ridges. */
const ROUNDS = 2

/** Fits all domains, one after the other; the same seed gives a domain the same vectors whatever else is trained. */
export async function* fitDomains(
  factors: Factors,
  config: FactorConfig,
  { dataset, seed, signal }: Pick<TrainContext, 'dataset' | 'seed' | 'signal'>,
): AsyncGenerator<TrainEvent & { type: 'step' }> {
  const known = factors.domains.flatMap((domain, d) => (domain === undefined ? [] : [[d, domain] as const]))
  for (const [d, domain] of known) {
    const { lines, search, fitted } = fitDomain(dataset, domain, config, { seed })
    const steps = lines + 1
    for (let step = 1; step <= steps; step++) {
      await giveWay(signal, () => `training was stopped while ${domain.name} was factorized`)
      if (step < steps) search(step)
      else factors.set(d, fitted())
      yield { type: 'step', epoch: 1, step, steps, examples: domain.rows.length, losses: {}, domain: domain.name }
    }
  }
}

/** Lines of a search for ridges, and then the fit of all rows. */
function fitDomain(
  dataset: Dataset,
  domain: DomainFactors,
  config: FactorConfig,
  { seed }: Pick<ModelContext, 'seed'>,
) {
  const rows = ratedRows(dataset, domain)
  const rng = createRng(seed).split('factors', domain.name)
  const size = { users: domain.users.shape[0], items: domain.vectors.shape[0] }
  const shape = { factors: config.width, offsets: config.offsets === 'items-and-users' }
  const fitWith = (of: RatedRows, ridges: Ridges) =>
    fitFactors(of, size, shape, { ridges, sweeps: config.sweeps }, rng.split('fit'))
  const grids = { factors: config.factorRidge, users: config.userRidge, items: config.itemRidge }
  const open = rows.values.length < 2 * HELD_OUT ? [] : ORDER.filter((name) => grids[name].length > 1)
  const place = (name: (typeof ORDER)[number]) => Math.floor((grids[name].length - 1) / 2)
  let best = { factors: place('factors'), users: place('users'), items: place('items') }
  const ridgesAt = (places: typeof best): Ridges => ({
    factors: grids.factors[places.factors],
    users: grids.users[places.users],
    items: grids.items[places.items],
  })
  const [kept, held] = open.length === 0 ? [rows, rows] : partedRows(rows, drawnRows(domain, rng.split('held out')))
  const known = new Map<string, number>()
  const error = (places: typeof best): number => {
    const ridges = ridgesAt(places)
    const key = JSON.stringify(ridges)
    const before = known.get(key)
    if (before !== undefined) return before
    const fitted = fitWith(kept, ridges)
    const found = held.values.reduce(
      (sum, value, i) => sum + (value - fittedValue(fitted, shape, held.users[i], held.items[i])) ** 2,
      0,
    )
    known.set(key, found)
    return found
  }
  const lines = open.length === 1 ? 1 : ROUNDS * open.length
  return {
    lines,
    search(line: number) {
      const name = open[(line - 1) % open.length]
      const better = (at: number): boolean => {
        if (at < 0 || at >= grids[name].length) return false
        const next = { ...best, [name]: at }
        if (error(next) >= error(best)) return false
        best = next
        return true
      }
      for (const direction of [1, -1]) while (better(best[name] + direction));
    },
    fitted: () => fitWith(rows, ridgesAt(best)),
  }
}

/** Places of the rows that choose ridges, in drawn order. */
function drawnRows({ rows, start }: DomainFactors, rng: Rng): Int32Array {
  if (rows.length <= MOST_ROWS) return rng.shuffle(Int32Array.from(rows.keys()))
  const chosen: number[] = []
  for (const user of rng.split('users').shuffle(Int32Array.from(start.subarray(1).keys()))) {
    if (chosen.length >= MOST_ROWS) break
    for (let at = start[user]; at < start[user + 1]; at++) chosen.push(at)
  }
  return rng.shuffle(Int32Array.from(chosen))
}

/** The rows without every tenth of an order, and these. */
function partedRows({ users, items, values }: RatedRows, order: Int32Array): [RatedRows, RatedRows] {
  const part = (held: boolean): RatedRows => {
    const chosen = order.filter((_, i) => (i % HELD_OUT === 0) === held)
    return {
      users: chosen.map((row) => users[row]),
      items: chosen.map((row) => items[row]),
      values: Float32Array.from(chosen, (row) => values[row]),
    }
  }
  return [part(false), part(true)]
}
