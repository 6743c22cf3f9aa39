import { TributaryError, type Vectors } from '../../core/index.ts'
import type { EmbeddingTable } from '../../nn/index.ts'

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
