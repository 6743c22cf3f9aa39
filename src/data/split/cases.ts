import { type Dataset, domainOfItem, type Part, type Query, type Split } from '../../core/index.ts'

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
 * the log, not a copy; it may be empty); the domain asked for is the answer's.
 */
export function evaluationCases(dataset: Dataset, split: Split, part: Part): Cases {
  const { log } = dataset
  let count = 0
  for (const p of split.part) if (p === part) count++
  const queries: Query[] = []
  const answers = new Int32Array(count)
  const rows = new Int32Array(count)
  for (let row = 0; row < log.length; row++) {
    if (split.part[row] !== part) continue
    const user = log.user[row]
    const answer = log.item[row]
    answers[queries.length] = answer
    rows[queries.length] = row
    queries.push({
      user,
      history: log.item.subarray(log.userStart[user], row),
      ...(log.value && { values: log.value.subarray(log.userStart[user], row) }),
      domain: domainOfItem(dataset, answer),
    })
  }
  return { queries, answers, rows }
}
