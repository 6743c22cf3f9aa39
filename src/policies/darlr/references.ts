import { type NamedTensors, type Tensor, TributaryError, type Trust, type Vectors } from '../../core/index.ts'
import { createRng, type Rng, takeRows } from '../../math/index.ts'
import type { Turns } from '../../rl/index.ts'
import type { RewardEstimates } from './estimates.ts'
import type { DarlrConfig } from './options.ts'
import { createPoolSearch, poolSizes } from './pools.ts'
import { createPreferences } from './preferences.ts'
import { referenceTrust } from './reference-trust.ts'
import { createSelector, type Selected } from './selection.ts'

/** Reference users of every user: chosen anew from time to time, and remembered in between. */
export interface References {
  /** Those of the users of a turn, which stand at `rows`, and how representative they are. */
  of(turns: Turns, rows: Int32Array): Promise<Selected>
  /** The selector's own update, on what it chose since the last one. */
  learn(): Promise<Readonly<Record<string, number>> | undefined>
  /** Whom it trusts, by ids of the users at each row; `ended` as `last` of `TrainingPlan.trust`. */
  trust(users: Int32Array, ended: boolean): Trust
  readonly tensors: NamedTensors
  dispose(): Promise<void>
}

export interface ReferencesContext {
  readonly seed: number
  readonly threads: number
  /** Of the recommender's states. */
  readonly stateWidth: number
  /** What the world model knows of the user at each row. */
  readonly userVectors: Vectors
}

/** @throws TributaryError `bad-config` */
export async function createReferences(
  config: DarlrConfig,
  estimates: RewardEstimates,
  { seed, threads, stateWidth, userVectors }: ReferencesContext,
): Promise<References> {
  const { references: K } = config
  const rng = createRng(seed).split('darlr')
  const { users, moved } = estimates
  const preferences = await createPreferences(estimates, config, rng.split('projection'))
  const sizes = poolSizes(users, K, config.candidates)
  const poolSize = sizes.near + sizes.drawn
  const pools = new Int32Array(users * poolSize).fill(-1)
  const search = await createPoolSearch(config.candidates, users, threads)
  const told = toldStates(config, stateWidth, userVectors)
  const selector = await createSelector(config, {
    ...{ estimates, preferences, poolSize, seed, threads },
    stateWidth: told.width,
  })
  const last = createSelected(users, K)
  last.references.fill(-1)
  let lastCollection = -1

  const renewPools = async (collection: number) => {
    if (pools[0] !== -1 && moved[0] <= config.renewCandidates ** 2 * estimates.squaredLength()) return
    moved[0] = 0
    preferences.refresh()
    pools.set(await search.find(estimates, preferences, sizes, rng.split('candidates', collection)))
  }
  /** Who gets new reference users now, as places in the turn. */
  const selecting = ({ collection, turn }: Turns, rows: Int32Array): Int32Array => {
    const places = rows.map((_, i) => i)
    // Drawn by the turn, not counted: each visit then has the same chance, whatever the state, and all of a turn are chosen in one go.
    if (rng.split('select', collection, turn).float() * config.selectEvery < 1) return places
    const seen = new Set<number>()
    return places.filter((i) => {
      if (last.references[rows[i] * K] !== -1 || seen.has(rows[i])) return false
      seen.add(rows[i])
      return true
    })
  }
  const select = ({ collection, turn, slots, columns, states }: Turns, rows: Int32Array, places: Int32Array) => {
    preferences.refresh()
    const asked = {
      users: takeRows(rows, 1, places),
      columns: takeRows(columns, 1, places),
      states: told.of(takeRows(states, stateWidth, places), takeRows(rows, 1, places)),
    }
    return selector.select(asked, pools, (i): Rng => rng.split('pick', collection, turn, slots[places[i]]))
  }

  return {
    async of(turns, rows) {
      if (turns.collection !== lastCollection) await renewPools(turns.collection)
      lastCollection = turns.collection
      const found = createSelected(rows.length, K)
      const places = selecting(turns, rows)
      if (places.length > 0) {
        const selected = await select(turns, rows, places)
        for (const [j, i] of places.entries()) {
          copy(selected, j, found, i)
          copy(selected, j, last, rows[i])
        }
      }
      const own = new Set(places)
      for (const [i, row] of rows.entries()) if (!own.has(i)) copy(last, row, found, i)
      return found
    },
    learn: () => selector.learn(rng.split('learn', lastCollection)),
    trust: (users, ended) => referenceTrust({ preferences, selected: last, users }, ended),
    tensors: new Map<string, Tensor>([
      ...selector.tensors,
      ['candidates', { shape: [pools.length], data: pools }],
      ['kept', { shape: [last.references.length], data: last.references }],
      ['similarities', { shape: [users], data: last.similarities }],
      ['diversities', { shape: [users], data: last.diversities }],
    ]),
    async dispose() {
      await Promise.all([selector.dispose(), search.dispose()])
    },
  }
}

/** s_rec as the selector is told of it: the recommender's state, and behind it e_u where that is asked for. */
function toldStates(
  { selectorUser }: Pick<DarlrConfig, 'selectorUser'>,
  stateWidth: number,
  { width, data }: Vectors,
): { readonly width: number; of(states: Float32Array, rows: Int32Array): Float32Array } {
  if (selectorUser === 'none') return { width: stateWidth, of: (states) => states }
  if (width === 0)
    throw new TributaryError(
      'bad-config',
      'selectorUser=vector reads what the world model knows of a user, and this one has no vectors; leave selectorUser at none',
    )
  const whole = stateWidth + width
  return {
    width: whole,
    of(states, rows) {
      const told = new Float32Array(rows.length * whole)
      for (const [i, row] of rows.entries()) {
        told.set(states.subarray(i * stateWidth, (i + 1) * stateWidth), i * whole)
        told.set(data.subarray(row * width, (row + 1) * width), i * whole + stateWidth)
      }
      return told
    },
  }
}

function createSelected(n: number, K: number): Selected {
  return {
    references: new Int32Array(n * K),
    similarities: new Float32Array(n),
    diversities: new Float32Array(n),
  }
}

function copy(from: Selected, at: number, to: Selected, place: number): void {
  const K = to.references.length / to.similarities.length
  to.references.set(from.references.subarray(at * K, (at + 1) * K), place * K)
  to.similarities[place] = from.similarities[at]
  to.diversities[place] = from.diversities[at]
}
