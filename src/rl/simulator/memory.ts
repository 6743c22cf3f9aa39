import { type Policy, type Query, TributaryError } from '../../core/index.ts'
import { isTraining } from './episode-metrics.ts'
import type { Environment, Simulator } from './simulator.ts'

/** What a policy is told of one episode. The arrays are views that grow with it. */
export function createMemory(
  policy: Pick<Policy, 'remembers'>,
  { dataset, domain }: Pick<Environment, 'dataset' | 'domain'>,
  { mode, maxLength }: Pick<Simulator, 'mode' | 'maxLength'>,
) {
  const { log } = dataset
  const fromLog = policy.remembers === 'log'
  const valued = !fromLog || log.value !== undefined
  let history = new Int32Array(maxLength)
  let values = new Float32Array(maxLength)
  let length = 0
  /** Where the episode begins. */
  let first = 0
  let user = 0
  return {
    begin(who: number) {
      user = who
      length = 0
      first = 0
      if (!fromLog) return
      const [start, end] = [log.userStart[user], log.userStart[user + 1]]
      if (history.length < end - start + maxLength) {
        history = new Int32Array(end - start + maxLength)
        values = new Float32Array(end - start + maxLength)
      }
      for (let row = start; row < end; row++)
        if (isTraining(log, row)) {
          history[length] = log.item[row]
          values[length++] = log.value?.[row] ?? 0
        }
      first = length
    },
    append(item: number, reward: number) {
      history[length] = item
      values[length++] = reward
    },
    query(): Query {
      return {
        user,
        history: history.subarray(0, length),
        ...(valued && { values: values.subarray(0, length) }),
        domain,
        ...(mode !== 'free' && { exclude: history.subarray(first, length) }),
      }
    },
  }
}

/**
 * What a policy gives to each item of a range. [queries × range]
 * @throws TributaryError `bad-shape` for another number of scores
 */
export async function scoresOf(
  policy: Policy,
  queries: readonly Query[],
  { range }: Pick<Environment, 'range'>,
): Promise<Float32Array> {
  const scores = await policy.score(queries, range)
  const expected = queries.length * (range.end - range.start)
  if (scores.length === expected) return scores
  throw new TributaryError(
    'bad-shape',
    `the policy returned ${scores.length} scores for ${queries.length} queries × ${range.end - range.start} items; ${expected} are right`,
  )
}
