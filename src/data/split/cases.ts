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
  const queryAt =
    parseSplitName(split.name).rule === COLD_USERS ? trainingQueries(dataset, split) : earlierQueries(dataset)
  for (let row = 0; row < log.length; row++) {
    if (split.part[row] !== part) continue
    answers[queries.length] = log.item[row]
    rows[queries.length] = row
    queries.push(queryAt(row))
  }
  return { queries, answers, rows }
}

function earlierQueries(dataset: Dataset): (row: number) => Query {
  const { log } = dataset
  return (row) => {
    const user = log.user[row]
    return {
      user,
      history: log.item.subarray(log.userStart[user], row),
      ...(log.value && { values: log.value.subarray(log.userStart[user], row) }),
      domain: domainOfItem(dataset, log.item[row]),
    }
  }
}

/** Cases of one user in a domain stand together and are one query. */
function trainingQueries(dataset: Dataset, { part }: Split): (row: number) => Query {
  const { log } = dataset
  let last: Query | undefined
  return (row) => {
    const user = log.user[row]
    const domain = domainOfItem(dataset, log.item[row])
    if (last?.user === user && last.domain === domain) return last
    const trains = (_: number, i: number) => part[log.userStart[user] + i] === Part.train
    const own = <A extends Int32Array | Float32Array>(column: A) =>
      column.subarray(log.userStart[user], log.userStart[user + 1]).filter(trains) as A
    last = { user, history: own(log.item), ...(log.value && { values: own(log.value) }), domain }
    return last
  }
}
