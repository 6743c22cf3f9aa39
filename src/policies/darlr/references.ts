import type { NamedTensors, Tensor, Trust } from '../../core/index.ts'
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

export async function createReferences(
  config: DarlrConfig,
  estimates: RewardEstimates,
  { seed, threads, stateWidth }: { readonly seed: number; readonly threads: number; readonly stateWidth: number },
): Promise<References> {
  const { references: K } = config
  const rng = createRng(seed).split('darlr')
  const { users, moved } = estimates
  const preferences = await createPreferences(estimates, config, rng.split('projection'))
  const sizes = poolSizes(users, K)
  const poolSize = sizes.near + sizes.drawn
  const pools = new Int32Array(users * poolSize).fill(-1)
  const selector = await createSelector(config, { estimates, preferences, stateWidth, poolSize, seed, threads })
  const search = await createPoolSearch(config.candidates, threads)
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
      states: takeRows(states, stateWidth, places),
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
