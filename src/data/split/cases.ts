import { type Dataset, domainOfItem, Part, type Query, type Split } from '../../core/index.ts'
import { COLD_USERS } from './cold-users.ts'
import { parseSplitName } from './name.ts'

/** The questions of one part of a split, in log order, with their answers. */
export interface Cases {
  readonly queries: Query[]
  /** Item id of each answer. */
  readonly answers: Int32Array
  /** Log row of each answer. */
  readonly rows: Int32Array
}

/**
 * One case for each row of `part`. The history is every earlier row of the user, whatever its part and domain (a view of
 * the log, not a copy; it may be empty); the domain asked for is the answer's. A user who is new in a domain has no order of
 * asking, so that there the history is the user's training rows, and no answer is in that of another.
 */
export function evaluationCases(dataset: Dataset, split: Split, part: Part): Cases {
  const { log } = dataset
  let count = 0
  for (const p of split.part) if (p === part) count++
  const queries: Query[] = []
  const answers = new Int32Array(count)
  const rows = new Int32Array(count)
  const historyAt =
    parseSplitName(split.name).rule === COLD_USERS ? trainingHistories(dataset, split) : earlierRows(dataset)
  for (let row = 0; row < log.length; row++) {
    if (split.part[row] !== part) continue
    const user = log.user[row]
    const answer = log.item[row]
    answers[queries.length] = answer
    rows[queries.length] = row
    queries.push({
      user,
      ...historyAt(user, row),
      domain: domainOfItem(dataset, answer),
    })
  }
  return { queries, answers, rows }
}

type History = Pick<Query, 'history' | 'values'>

function earlierRows({ log }: Dataset): (user: number, row: number) => History {
  return (user, row) => ({
    history: log.item.subarray(log.userStart[user], row),
    ...(log.value && { values: log.value.subarray(log.userStart[user], row) }),
  })
}

/** Cases of one user stand together and share one history. */
function trainingHistories({ log }: Dataset, { part }: Split): (user: number) => History {
  let last: { user: number; history: History } | undefined
  return (user) => {
    if (last?.user === user) return last.history
    const trains = (_: number, i: number) => part[log.userStart[user] + i] === Part.train
    const own = <A extends Int32Array | Float32Array>(column: A) =>
      column.subarray(log.userStart[user], log.userStart[user + 1]).filter(trains) as A
    last = { user, history: { history: own(log.item), ...(log.value && { values: own(log.value) }) } }
    return last.history
  }
}
