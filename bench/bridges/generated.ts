import { type Dataset, Part, type Split, type Vocabulary } from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'

export interface Size {
  readonly users: number
  readonly items: number
  readonly rows: number
  readonly domains: number
  /** One of so many users knows all domains; the others know one. */
  readonly oneOf: number
}

/** A log whose values follow a taste. Every fifth of those who know all domains is new in the first, `domain0`. */
export function generated({ users, items, rows, domains, oneOf }: Size): { dataset: Dataset; split: Split } {
  const rng = createRng(1)
  const names: Vocabulary = { size: 0, name: String, id: Number }
  const columns = { user: new Int32Array(rows), item: new Int32Array(rows), value: new Float32Array(rows) }
  const part = new Uint8Array(rows)
  const userStart = new Int32Array(users + 1)
  const domainStart = Int32Array.from({ length: domains + 1 }, (_, d) => 1 + Math.floor((d * items) / domains))
  let row = 0
  for (let user = 0; user < users; user++) {
    const several = user % oneOf === 0
    const end = Math.round(((user + 1) * rows) / users)
    const taste = rng.normal()
    const only = rng.below(domains)
    for (; row < end; row++) {
      const domain = several ? row % domains : only
      const [start, stop] = [domainStart[domain], domainStart[domain + 1]]
      const item = start + Math.floor((stop - start) * rng.float() ** 2)
      columns.user[row] = user
      columns.item[row] = item
      columns.value[row] = Math.max(1, Math.min(5, Math.round(4 + taste * ((item % 7) - 3) * 0.4 + rng.normal() * 0.7)))
      if (several && domain === 0 && user % (5 * oneOf) === 0)
        part[row] = user % (50 * oneOf) === 0 ? Part.valid : Part.test
    }
    userStart[user + 1] = row
  }
  const dataset: Dataset = {
    name: 'generated',
    hash: 'generated',
    users: { ...names, size: users },
    items: { ...names, size: items + 1 },
    domains: Array.from({ length: domains }, (_, d) => `domain${d}`),
    domainStart,
    log: { length: rows, ...columns, timestamp: undefined, part: undefined, userStart },
  }
  return { dataset, split: { name: 'cold-users:0.2:domain0', part } }
}
