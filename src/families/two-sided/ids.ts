import { elementCount, type Tensor } from '../../core/index.ts'
import type { Entity } from './network.ts'

/**
 * Ids of one run, numbered anew by entity: 0 stays 0, the others follow in the order of their first appearance. So a graph reads
 * a few rows of a table as a small input, and differentiates by these.
 */
export interface LocalIds {
  /** The numbers of ids, as a feed. */
  feed(entity: Entity, ids: Int32Array, shape?: readonly number[]): Tensor
  /** The ids by number. */
  rows(entity: Entity): Int32Array
}

/** `sizes`: ids of each entity, 0 included. The returned function begins a run, which ends the one before. */
export function createLocalIds(sizes: Readonly<Record<Entity, number>>): () => LocalIds {
  const number = {
    user: new Int32Array(sizes.user),
    item: new Int32Array(sizes.item),
    category: new Int32Array(sizes.category),
  }
  const rows: Record<Entity, number[]> = { user: [0], item: [0], category: [0] }
  return () => {
    for (const entity of ['user', 'item', 'category'] as const) {
      for (const id of rows[entity]) number[entity][id] = 0
      rows[entity] = [0]
    }
    return {
      feed(entity, ids, shape = [ids.length]) {
        const [numbers, list] = [number[entity], rows[entity]]
        const data = new Int32Array(elementCount(shape))
        for (let i = 0; i < ids.length; i++) {
          const id = ids[i]
          if (id !== 0 && numbers[id] === 0) {
            numbers[id] = list.length
            list.push(id)
          }
          data[i] = numbers[id]
        }
        return { shape, data }
      },
      rows: (entity) => Int32Array.from(rows[entity]),
    }
  }
}
