import type { ItemRange, Query, Scorer } from '../../core/index.ts'
import type { EmbeddingTable, Feeds } from '../../nn/index.ts'
import type { Programs, Sym } from '../../tensor/index.ts'
import { userRow } from './users.ts'

/** How a vector of a query scores items. */
export interface VectorScorer {
  readonly programs: Programs
  /** d. */
  readonly width: number
  /** [B, R], of the input `states` [B, d] and of what `block` feeds. */
  readonly scores: Sym
  /** The R items of a range. */
  block(range: ItemRange): Feeds
  /** Vectors of queries, [d]; asked for once a call, since weights change between calls. */
  vectors(): (query: Query) => ArrayLike<number>
}

export function scoreVectors({ programs, width, scores, block, vectors }: VectorScorer): Scorer['score'] {
  return async (queries, range) => {
    if (queries.length === 0) return new Float32Array(0)
    const program = await programs.compile({ scores }, 'scores')
    const vectorOf = vectors()
    const states = new Float32Array(queries.length * width)
    for (const [i, query] of queries.entries()) states.set(vectorOf(query), i * width)
    const found = await program.run({ states: { shape: [queries.length, width], data: states }, ...block(range) })
    return found.scores.data as Float32Array
  }
}

/**
 * The vectors of users. A newcomer is the mean of all users who learned, whose order of items is close to their popularity.
 * @param learned [U], 1 at users with training interactions
 */
export function userVectors(users: EmbeddingTable, learned: Uint8Array): (query: Query) => Float32Array {
  let newcomer: Float32Array | undefined
  return ({ user }) => {
    if (user !== undefined) return users.range(userRow(user), userRow(user) + 1).data
    newcomer ??= meanOf(users, learned)
    return newcomer
  }
}

function meanOf({ width, tensor }: EmbeddingTable, learned: Uint8Array): Float32Array {
  const mean = new Float32Array(width)
  const count = learned.reduce((total, known) => total + known, 0)
  for (const [user, known] of learned.entries())
    for (let i = 0; i < width && known === 1; i++) mean[i] = mean[i] + tensor.data[userRow(user) * width + i] / count
  return mean
}
