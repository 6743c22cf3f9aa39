import { type Dataset, domainOfItem, giveWay, Part, type Split, type TrainContext } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { fitEffects } from '../factors/index.ts'
import type { FactorConfig } from './options.ts'

// What a domain, a user and an item add to a rating, told over all domains together, m_d + b_u + c_v; and how far a user follows what items are
// worth, s_u. What these leave is for vectors.

/** Numbers of a user's vector before tastes, b_u and s_u, and of an item's, c_v twice. */
export const TRAITS = 2

/** Rows of one star's worth that draw s_u to 0. */
export const SLOPE_RIDGE = 10

/** λ_b and λ_c: rows without a deviation that are added to those of each user and of each item. */
export interface SharedRidges {
  readonly users: number
  readonly items: number
}

export interface SharedOffsets {
  readonly ridges: SharedRidges
  /** m_d [D] */
  readonly means: Float64Array
  /** c_v [V] */
  readonly items: Float64Array
}

/** A rating by somebody, and what the item is worth. */
export interface WorthRow {
  /** c_v */
  readonly worth: number
  /** y − m_d − c_v */
  readonly above: number
}

/** b = Σ (y − m − c) / (n + λ_b) and s = Σ c (y − m − c − b) / (Σ c² + 10), the second of what the first leaves. */
export function traitsOf(rows: Iterable<WorthRow>, ridge: number): { readonly offset: number; readonly slope: number } {
  let [n, above, worth, square, product] = [0, 0, 0, 0, 0]
  for (const row of rows) {
    n++
    above += row.above
    worth += row.worth
    square += row.worth ** 2
    product += row.worth * row.above
  }
  const offset = n === 0 ? 0 : above / (n + ridge)
  return { offset, slope: (product - offset * worth) / (square + SLOPE_RIDGE) }
}

/** Offsets that were told by rows of several domains are those of all these rows together: Σ b (n + λ) / (Σ n + λ); 0 without rows. */
export function pooledOffset(
  known: Iterable<{ readonly offset: number; readonly rows: number }>,
  ridge: number,
): number {
  let [sum, rows] = [0, 0]
  for (const { offset, rows: n } of known) {
    sum += offset * (n + ridge)
    rows += n
  }
  return rows === 0 ? 0 : sum / (rows + ridge)
}

/** What an item is worth as it is known without one of its n rows, which said `own` = y − m_d − b_u: (c (n + λ) − own) / (n − 1 + λ). */
export function worthWithout(worth: number, own: number, rows: number, ridge: number): number {
  const left = rows - 1 + ridge
  return rows <= 1 || left <= 0 ? 0 : (worth * (rows + ridge) - own) / left
}

/** Training users are told as if they were new in so many parts, one after the other. */
const PARTS = 4
/** Sweeps and rounds over both ridges of a search. */
const SEARCHED = { sweeps: 5, rounds: 2 }
/** Ridges are chosen on the rows of as many drawn users as have so many. */
const MOST_ROWS = 100_000

/**
 * Fits offsets to all training rows. Of several ridges training users choose, each told once as if new in a target: without rows there, by those
 * elsewhere.
 * @param targets domains in which users are new
 */
export async function fitSharedOffsets(
  { userRidge, itemRidge, sweeps }: Pick<FactorConfig, 'userRidge' | 'itemRidge' | 'sweeps'>,
  targets: readonly number[],
  { dataset, split, seed, signal }: Pick<TrainContext, 'dataset' | 'split' | 'seed' | 'signal'>,
): Promise<SharedOffsets> {
  const all = ratedRows(dataset, split)
  const sizes = { domains: dataset.domains.length, users: dataset.users.size, items: dataset.items.size }
  const grids = { users: userRidge, items: itemRidge }
  const names = (['users', 'items'] as const).filter((name) => grids[name].length > 1)
  let best: SharedRidges = { users: userRidge[0], items: itemRidge[0] }
  if (names.length > 0) {
    const parts = targets.flatMap((target) => newcomers(all, target, createRng(seed).split('shared offsets', target)))
    const error = async (ridges: SharedRidges) => {
      await giveWay(signal, () => 'training was stopped while ridges were chosen')
      return parts.reduce((sum, part) => sum + errorOf(part, sizes, ridges), 0)
    }
    let least = await error(best)
    for (let round = 0; round < SEARCHED.rounds; round++)
      for (const name of names)
        for (const ridge of grids[name]) {
          const next = { ...best, [name]: ridge }
          const found = await error(next)
          if (found < least) [least, best] = [found, next]
        }
  }
  const { domains, items } = effects(all, sizes, best, sweeps)
  return { ridges: best, means: domains, items }
}

interface Rows {
  readonly values: Float64Array
  readonly domains: Int32Array
  readonly users: Int32Array
  readonly items: Int32Array
}

type Sizes = { readonly domains: number; readonly users: number; readonly items: number }

const effects = (rows: Rows, sizes: Sizes, { users, items }: SharedRidges, sweeps: number) =>
  fitEffects(rows, sizes, { userShrinkage: users, itemShrinkage: items }, sweeps)

function ratedRows(dataset: Dataset, { part }: Split): Rows {
  const { user, item, value } = dataset.log
  const rows = Int32Array.from(item.keys()).filter((row) => part[row] === Part.train)
  return {
    values: Float64Array.from(rows, (row) => value![row]),
    domains: rows.map((row) => domainOfItem(dataset, item[row])),
    users: rows.map((row) => user[row]),
    items: rows.map((row) => item[row]),
  }
}

/** Rows without those in a target of a part of the users who are known elsewhere, and these, for each part. */
function newcomers(all: Rows, target: number, rng: Rng): { readonly kept: Rows; readonly held: Rows }[] {
  const rows = drawnUsers(all, rng)
  const [here, elsewhere] = [new Set<number>(), new Set<number>()]
  for (const [i, user] of rows.users.entries()) (rows.domains[i] === target ? here : elsewhere).add(user)
  const known = rng.split('parts').shuffle(Int32Array.from([...here].filter((user) => elsewhere.has(user))))
  const partOf = new Map(Array.from(known, (user, i) => [user, i % PARTS]))
  return Array.from({ length: PARTS }, (_, part) => {
    const isHeld = (i: number) => rows.domains[i] === target && partOf.get(rows.users[i]) === part
    return { kept: rowsWhere(rows, (i) => !isHeld(i)), held: rowsWhere(rows, isHeld) }
  })
}

/** All rows of as many users as have at least `MOST_ROWS`. */
function drawnUsers(all: Rows, rng: Rng): Rows {
  if (all.values.length <= MOST_ROWS) return all
  const counts = new Map<number, number>()
  for (const user of all.users) counts.set(user, (counts.get(user) ?? 0) + 1)
  const chosen = new Set<number>()
  let rows = 0
  for (const user of rng.split('users').shuffle(Int32Array.from(counts.keys()))) {
    if (rows >= MOST_ROWS) break
    chosen.add(user)
    rows += counts.get(user)!
  }
  return rowsWhere(all, (i) => chosen.has(all.users[i]))
}

function rowsWhere({ values, domains, users, items }: Rows, keeps: (i: number) => boolean): Rows {
  const kept = (_: number, i: number) => keeps(i)
  return {
    values: values.filter(kept),
    domains: domains.filter(kept),
    users: users.filter(kept),
    items: items.filter(kept),
  }
}

function errorOf(
  { kept, held }: { readonly kept: Rows; readonly held: Rows },
  sizes: Sizes,
  ridges: SharedRidges,
): number {
  if (held.values.length === 0) return 0
  const { domains, users, items } = effects(kept, sizes, ridges, SEARCHED.sweeps)
  return held.values.reduce(
    (sum, value, i) => sum + (value - domains[held.domains[i]] - users[held.users[i]] - items[held.items[i]]) ** 2,
    0,
  )
}
