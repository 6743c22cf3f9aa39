import type { Dataset } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import { createTable, type EmbeddingTable, type Initializer } from '../../nn/index.ts'

/** Users stand in rows 1 …, because row 0 of a table never learns. */
export const userRow = (user: number) => user + 1

/** A vector for each user, [U + 1, d]. */
export function userTable(dataset: Dataset, width: number, initializer: Initializer, rng: Rng): EmbeddingTable {
  return createTable('users', dataset.users.size + 1, width, initializer, rng)
}
