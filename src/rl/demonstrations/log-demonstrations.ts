import type { Dataset } from '../../core/index.ts'
import type { DemonstrationStep } from './demonstrations.ts'

export interface LogDemonstrationOptions {
  /** Rows of the log that may be shown, ascending: never those that test. */
  readonly rows: ArrayLike<number>
  /** Episodes at most, those of the first users; absent, one of each user. */
  readonly episodes?: number | undefined
}

/**
 * What users of a log did, as if it had been recommended to them: an episode a user, in the order of the log. A log does not say when
 * anybody left, so that no step is terminal; it pays its value, and an unknown reward where the log has no values.
 */
export function logDemonstrations(
  { name, log, users, items }: Dataset,
  { rows, episodes = Number.POSITIVE_INFINITY }: LogDemonstrationOptions,
): DemonstrationStep[] {
  const steps: DemonstrationStep[] = []
  let episode = -1
  let step = 0
  let last = -1
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]
    if (log.user[row] !== last) {
      if (++episode === episodes) break
      last = log.user[row]
      step = 0
    }
    steps.push({
      episode,
      step: ++step,
      user: users.name(last),
      item: items.name(log.item[row]),
      reward: log.value?.[row] ?? Number.NaN,
      terminal: false,
      source: 'log',
      model: name,
    })
  }
  return steps
}
