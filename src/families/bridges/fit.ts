import { type Dataset, giveWay, type ModelContext, type TrainContext, type TrainEvent } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { type DomainFactors, type Factors, ratedRows } from './factors.ts'
import { type FittedFactors, fitFactors, fittedValue, type RatedRows, type Ridges } from './least-squares.ts'
import type { FactorConfig } from './options.ts'
import { newcomersDomains } from './roles.ts'
import { fitSharedOffsets, type SharedOffsets, TRAITS, traitsOf } from './shared-offsets.ts'

/** Every how manieth training row is held out to choose ridges by. */
const HELD_OUT = 10
const ORDER = ['factors', 'users', 'items'] as const
/** Ridges are chosen on the rows of as many drawn users as have so many: a ridge is a ratio of variances, which more rows hardly change. */
const MOST_ROWS = 100_000
/** Rounds over all ridges. */
const ROUNDS = 2

/**
 * Fits all domains, one after the other; the same seed gives a domain the same vectors whatever else is trained. Shared offsets are told before, and
 * vectors are fitted to what they leave.
 */
export async function* fitDomains(
  factors: Factors,
  config: FactorConfig,
  context: Pick<TrainContext, 'dataset' | 'split' | 'seed' | 'signal'>,
): AsyncGenerator<TrainEvent & { type: 'step' }> {
  const { dataset, split, seed, signal } = context
  const shared =
    config.offsets === 'shared' ? await fitSharedOffsets(config, newcomersDomains(dataset, split), context) : undefined
  if (shared !== undefined) factors.share(shared.ridges)
  const known = factors.domains.flatMap((domain, d) => (domain === undefined ? [] : [[d, domain] as const]))
  for (const [d, domain] of known) {
    const { lines, search, fitted } = fitDomain(
      dataset,
      domain,
      config,
      { seed },
      shared && { ...shared, mean: shared.means[d] },
    )
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
  shared: (SharedOffsets & { readonly mean: number }) | undefined,
) {
  const traits = shared && traitsOfUsers(ratedRows(dataset, domain), domain, shared)
  const rows = traits?.left ?? ratedRows(dataset, domain)
  const rng = createRng(seed).split('factors', domain.name)
  const size = { users: domain.users.shape[0], items: domain.vectors.shape[0] }
  const shape = { factors: config.width, offsets: config.offsets === 'items-and-users' }
  const fitWith = (of: RatedRows, ridges: Ridges) =>
    fitFactors(of, size, shape, { ridges, sweeps: config.sweeps }, rng.split('fit'))
  const grids = { factors: config.factorRidge, users: config.userRidge, items: config.itemRidge }
  const searched = shared === undefined ? ORDER : (['factors'] as const)
  const open = rows.values.length < 2 * HELD_OUT ? [] : searched.filter((name) => grids[name].length > 1)
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
    fitted(): FittedFactors {
      const fitted = fitWith(rows, ridgesAt(best))
      return traits === undefined ? fitted : traits.with(fitted)
    },
  }
}

/** b_u and s_u of the users of a domain, and what they and the offsets of items leave of its rows. */
function traitsOfUsers(
  rows: RatedRows,
  { users, vectors, start, items }: DomainFactors,
  { mean, ridges, items: worths }: SharedOffsets & { readonly mean: number },
) {
  const [U, n] = users.shape
  const [V] = vectors.shape
  const worthOf = (row: number) => worths[items.start + rows.items[row]]
  const of = Array.from({ length: U }, (_, u) => {
    const own = Array.from({ length: start[u + 1] - start[u] }, (_, i) => start[u] + i)
    return traitsOf(
      own.map((row) => ({ worth: worthOf(row), above: rows.values[row] - mean - worthOf(row) })),
      ridges.users,
    )
  })
  const left = rows.values.map((value, row) => {
    const { offset, slope } = of[rows.users[row]]
    return value - mean - offset - (1 + slope) * worthOf(row)
  })
  return {
    left: { ...rows, values: left },
    with(fitted: FittedFactors): FittedFactors {
      const k = n - TRAITS
      const joined = (entities: number, traits: (e: number) => readonly number[], tastes: Float64Array) => {
        const all = new Float64Array(entities * n)
        for (let e = 0; e < entities; e++) {
          all.set(traits(e), e * n)
          all.set(tastes.subarray(e * k, (e + 1) * k), e * n + TRAITS)
        }
        return all
      }
      return {
        mean,
        users: joined(U, (u) => [of[u].offset, of[u].slope], fitted.users),
        items: joined(V, (v) => new Array(TRAITS).fill(worths[items.start + v]), fitted.items),
        ridge: fitted.ridge,
      }
    },
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
