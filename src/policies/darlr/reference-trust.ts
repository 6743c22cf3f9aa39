import type { Trust, TrustSignal } from '../../core/index.ts'
import { createGains } from './intrinsic-reward.ts'
import type { Preferences } from './preferences.ts'
import type { Selected } from './selection.ts'

/** The last selection of each user, by rows. */
interface Selections {
  readonly preferences: Preferences
  /** The first reference user is −1 where there is none yet. */
  readonly selected: Pick<Selected, 'references' | 'similarities'>
  /** Ids by row. [U] */
  readonly users: Int32Array
}

/** Whose beliefs count for others, how alike each user and those chosen for it are; in the last epoch also who they are. */
export function referenceTrust(selections: Selections, last: boolean): Trust {
  const { selected, users } = selections
  const kept = selected.references
  const K = kept.length / users.length
  const times = new Float32Array(users.length)
  for (const row of kept) if (row !== -1) times[row]++
  const chosenFor = kept.filter((row, i) => i % K === 0 && row !== -1).length
  const chosen: TrustSignal = {
    name: 'chosen',
    summary: 'how often a user is a reference user, as a multiple of the average user',
    neutral: 1,
    keys: { reference: users },
    values: times.map((n) => (n * users.length) / (K * chosenFor)),
  }
  const similarity: TrustSignal = {
    name: 'similarity',
    summary: 'how alike a user and its reference users are, on average',
    keys: { user: users },
    values: selected.similarities.map((value, row) => (kept[row * K] === -1 ? Number.NaN : value)),
  }
  return { of: 'user', signals: [chosen, similarity, ...(last ? [pairs(selections)] : [])] }
}

function pairs({ preferences, selected, users }: Selections): TrustSignal {
  const kept = selected.references
  const K = kept.length / users.length
  preferences.refresh()
  const gains = createGains(preferences)
  const places = Int32Array.from(kept.keys()).filter((i) => kept[i] !== -1)
  const values = new Float32Array(places.length)
  for (const [p, i] of places.entries()) {
    if (i % K === 0) gains.begin(Math.floor(i / K))
    values[p] = gains.add(kept[i]).similarity
  }
  return {
    name: 'reference',
    summary: 'how alike a user and one of its reference users are',
    keys: {
      user: places.map((i) => users[Math.floor(i / K)]),
      reference: places.map((i) => users[kept[i]]),
    },
    values,
  }
}
