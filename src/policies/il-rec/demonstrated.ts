import { type Demonstrations, quoted, type RewardMatrix, TributaryError } from '../../core/index.ts'
import { type ActionSpace, demonstrationSegments } from '../../rl/index.ts'
import { createSteps, type Steps } from './steps.ts'

/** Demonstrations as the policy learns from them: of its users and items, paid by what the world model believes. */
export interface Demonstrated {
  readonly steps: Steps
  /** The row of each in `Demonstrations`. */
  readonly rows: Int32Array
}

/**
 * What somebody was paid at the time is not read: the policy learns in one world alone.
 * @param most episodes, from the first on; 0 is all
 * @throws TributaryError `mismatch` where none is of these users and items
 */
export function demonstratedSteps(
  demonstrations: Demonstrations,
  space: Pick<ActionSpace, 'users' | 'items'>,
  rewards: Pick<RewardMatrix, 'at'>,
  most = 0,
): Demonstrated {
  const placesOf = (ids: Int32Array) => new Map(Array.from(ids, (id, place) => [id, place]))
  const [users, columns] = [placesOf(space.users), placesOf(space.items)]
  const { episodes, terminal } = demonstrations
  const numbers = [...new Set(episodes)]
  const beyond = most > 0 && most < numbers.length ? numbers[most] : Number.POSITIVE_INFINITY
  const steps = createSteps()
  const rows: number[] = []
  const starts = demonstrationSegments(demonstrations)
  for (let s = 0; s + 1 < starts.length; s++) {
    const known: { readonly user: number; readonly column: number; readonly row: number }[] = []
    for (let row = starts[s]; row < starts[s + 1] && episodes[row] < beyond; row++) {
      const user = users.get(demonstrations.users[row])
      const column = columns.get(demonstrations.items[row])
      if (user !== undefined && column !== undefined) known.push({ user, column, row })
    }
    for (const [turn, { user, column, row }] of known.entries()) {
      steps.push({ user, column, reward: rewards.at(user, column), turn, last: turn === known.length - 1 })
      rows.push(row)
    }
  }
  if (steps.size === 0)
    throw new TributaryError(
      'mismatch',
      `none of the ${terminal.length} demonstrations, by ${demonstrations.models.map(quoted).join(', ')}, is of the ${space.users.length} users and ${space.items.length} items that this policy learns with`,
    )
  return { steps, rows: Int32Array.from(rows) }
}
