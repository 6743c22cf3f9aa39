import { TributaryError, type Vectors, type WorldModel } from '../../core/index.ts'
import type { EmbeddingTable } from '../../nn/index.ts'
import type { PolicyNetwork } from './policy-network.ts'

/**
 * Puts the vectors that a world model has of users or items into the rows of a policy's table, filled up with zeros.
 * @param rows of the table, one a vector
 * @throws TributaryError `bad-config` for vectors that are wider than the table, or of no width
 */
export function placeVectors(
  table: EmbeddingTable,
  kind: 'user' | 'item',
  rows: Int32Array,
  { width, data }: Vectors,
): void {
  if (width > table.width || width === 0)
    throw new TributaryError(
      'bad-config',
      `the world model's ${kind} vectors have a width of ${width} and the policy's one of ${table.width}; ${width === 0 ? 'set embeddings to scratch' : `set width to at least ${width}, or embeddings to scratch`}`,
    )
  for (const [i, row] of rows.entries()) {
    const own = table.range(row, row + 1).data
    own.fill(0)
    own.set(data.subarray(i * width, (i + 1) * width))
  }
}

/**
 * How vectors begin: those of a world model in its rows of users and items, and the users whom nobody has met as nobody in particular.
 * @param known ids of users who are learned with
 */
export function startVectors(
  { items, users }: Pick<PolicyNetwork, 'items' | 'users'>,
  known: Iterable<number>,
  world: Pick<WorldModel, 'rewards' | 'itemVectors' | 'userVectors'> | undefined,
): void {
  if (users !== undefined) {
    const met = new Set(known)
    for (let row = 1; row < users.rows; row++) if (!met.has(row - 1)) users.range(row, row + 1).data.fill(0)
  }
  if (world === undefined) return
  const { rewards, itemVectors, userVectors } = world
  placeVectors(items, 'item', rewards.items, itemVectors)
  if (users !== undefined)
    placeVectors(
      users,
      'user',
      rewards.users.map((user) => user + 1),
      userVectors,
    )
}
