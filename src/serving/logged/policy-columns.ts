import { HARDLY_SHOWN, type Target } from '../../ope/index.ts'
import { Column } from './columns.ts'
import { earnedAt } from './expected.ts'
import type { DrawnPlace, Redrawn } from './redrawn.ts'

/** A list as its columns are made of it. */
export interface ListPlaces {
  readonly places: readonly DrawnPlace[]
  /** What each of them earns, whatever stands there. */
  readonly bases: readonly number[]
  /** How many times as much an item earns. */
  readonly liftOf: (item: string) => number
  readonly groupOf: (item: string) => string | undefined
  /** By whoever answered. */
  readonly own: Redrawn
}

/** What one policy would have done at the places of lists. */
export class PolicyColumns {
  readonly #name: string
  readonly #probabilities = new Column()
  readonly #expected = new Column()
  readonly #groups = new Column()
  readonly #unsupported = new Column()

  constructor(name: string) {
    this.#name = name
  }

  add(redrawn: Redrawn, { places, bases, liftOf, groupOf, own }: ListPlaces): void {
    const { pool } = redrawn
    const lifts = pool.map(liftOf)
    const groups = pool.map(groupOf)
    const inOwn = redrawn === own ? undefined : Int32Array.from(pool, (item) => own.placeOf(item) ?? -1)
    for (const [step, { item, propensity }] of places.entries()) {
      const probabilities = redrawn.probabilities[step]
      const shown = redrawn.placeOf(item)
      const group = groupOf(item)
      let [expected, inGroup, unsupported] = [0, 0, 0]
      const asLogged = own.probabilities[step]
      // Every item of every pool comes by here.
      for (let i = 0; i < probabilities.length; i++) {
        const probability = probabilities[i]
        if (probability === 0) continue
        expected += probability * earnedAt(bases[step], lifts[i])
        if (i === shown || (group !== undefined && groups[i] === group)) inGroup += probability
        if (inOwn !== undefined && !(asLogged[inOwn[i]] >= HARDLY_SHOWN)) unsupported += probability
      }
      // Of whoever answered, what was recorded, to the bit.
      this.#probabilities.push(redrawn === own ? propensity : shown === undefined ? 0 : probabilities[shown])
      this.#expected.push(expected)
      this.#groups.push(inGroup)
      this.#unsupported.push(unsupported)
    }
  }

  /** By places. */
  toTarget(): Required<Pick<Target, 'name' | 'probabilities' | 'expected' | 'groupProbabilities' | 'unsupported'>> {
    return {
      name: this.#name,
      probabilities: this.#probabilities.toFloats(),
      expected: this.#expected.toFloats(),
      groupProbabilities: this.#groups.toFloats(),
      unsupported: this.#unsupported.toFloats(),
    }
  }
}
