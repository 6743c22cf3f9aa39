import { type Dataset, domainOfItem, type Query, type Tensor } from '../../core/index.ts'
import { type EmbeddingTable, gatheredRows } from '../../nn/index.ts'
import { add, gather, input, multiply, type Sym, slice } from '../../tensor/index.ts'
import type { Members } from './members.ts'

/** A vector that tells of a user: what the user's domains have in common, or what is of one: of that asked for, or of one by number. */
export type UserPart = 'shared' | 'asked' | number

/** Users as a graph reads them, N of them. */
export interface UserParts {
  /** Of each part, [N, d]. */
  readonly parts: readonly Sym[]
  /** [N, P], 1 where a user has the part, else 0, and its vector is zero. */
  readonly known: Sym
  /** What each domain has for itself, [N, …] by domain: of the domain that is asked for. */
  ofDomain(own: (domain: number) => Sym): Sym
}

/** The vectors of users, and which is whose. */
export interface UserVectors {
  readonly own: EmbeddingTable
  readonly shared: EmbeddingTable
  readonly members: Members
  readonly dataset: Pick<Dataset, 'domains' | 'domainStart'>
}

/** Row of a user's part, where `domain` is asked for; 0 where the user has none. */
function rowOf({ members }: UserVectors, part: UserPart, user: number, domain: number): number {
  return part === 'shared' ? members.shared(user) : members.own(user, part === 'asked' ? domain : part)
}

/** Users as they learn: each is asked for the domain of its target. */
export function learningUsers(vectors: UserVectors, parts: readonly UserPart[]) {
  const domains = vectors.dataset.domains.length
  const reads = parts.map((part, p) => {
    const table = part === 'shared' ? vectors.shared : vectors.own
    return gatheredRows(table, gather(table.symbol, input(`part${p}`, ['N'], 'int32')), `part${p}`) // [N, d]
  })
  const asked = input('asked', ['N', domains])
  const users: UserParts = {
    parts: reads.map(({ rows }) => rows),
    known: input('known', ['N', parts.length]),
    ofDomain: (own) =>
      Array.from({ length: domains }, (_, d) => multiply(slice(asked, 1, d, d + 1), own(d))).reduce((a, b) =>
        add(a, b),
      ),
  }
  return {
    users,
    reads,
    feeds(user: Int32Array, targets: Int32Array): Record<string, Tensor> {
      const N = user.length
      const domain = targets.map((item) => domainOfItem(vectors.dataset, item))
      const rows = parts.map((part) => user.map((u, i) => rowOf(vectors, part, u, domain[i])))
      const known = Float32Array.from({ length: N * parts.length }, (_, at) =>
        rows[at % parts.length][Math.floor(at / parts.length)] > 0 ? 1 : 0,
      )
      const oneHot = new Float32Array(N * domains)
      for (const [i, d] of domain.entries()) oneHot[i * domains + d] = 1
      return {
        ...Object.fromEntries(rows.map((data, p) => [`part${p}`, { shape: [N], data }])),
        known: { shape: [N, parts.length], data: known },
        asked: { shape: [N, domains], data: oneHot },
      }
    },
  }
}

/** Users as they ask for one domain; fed by `askingFeeds`. */
export function askingUsers(parts: number, width: number, domain: number): UserParts {
  const all = input('parts', ['N', parts * width])
  return {
    parts: Array.from({ length: parts }, (_, p) => slice(all, 1, p * width, (p + 1) * width)),
    known: input('known', ['N', parts]),
    ofDomain: (own) => own(domain),
  }
}

/**
 * Inputs of `askingUsers`. Who has none of the parts is, part by part, the mean of the users who know the domain and have it.
 * Asked for once a call, since weights change between calls.
 */
export function askingFeeds(vectors: UserVectors, parts: readonly UserPart[], width: number, domain: number) {
  const P = parts.length
  /** Adds what a user has to `sum` [P, d] and `count` [P]. */
  const addUser = (user: number, sum: Float32Array, count: Float32Array) => {
    for (const [p, part] of parts.entries()) {
      const row = rowOf(vectors, part, user, domain)
      if (row === 0) continue
      const { data } = (part === 'shared' ? vectors.shared : vectors.own).tensor
      count[p] = count[p] + 1
      for (let k = 0; k < width; k++) sum[p * width + k] = sum[p * width + k] + data[row * width + k]
    }
  }
  let stranger: { sum: Float32Array; count: Float32Array } | undefined
  const meanOfMembers = () => {
    const [sum, count] = [new Float32Array(P * width), new Float32Array(P)]
    const members = vectors.members.of(domain)
    for (const user of members) addUser(user, sum, count)
    const mean = sum.map((x, at) => x / Math.max(1, count[Math.floor(at / width)]))
    return { sum: mean, count: members.length === 0 ? count.fill(1) : count.map(Math.sign) }
  }
  return (queries: readonly Query[]): Record<string, Tensor> => {
    const data = new Float32Array(queries.length * P * width)
    const known = new Float32Array(queries.length * P)
    for (const [i, { user }] of queries.entries()) {
      const [sum, count] = [data.subarray(i * P * width, (i + 1) * P * width), known.subarray(i * P, (i + 1) * P)]
      if (user !== undefined) addUser(user, sum, count)
      if (count.includes(1)) continue
      stranger ??= meanOfMembers()
      sum.set(stranger.sum)
      count.set(stranger.count)
    }
    return {
      parts: { shape: [queries.length, P * width], data },
      known: { shape: [queries.length, P], data: known },
    }
  }
}
