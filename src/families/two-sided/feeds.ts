import type { Feeds } from '../../nn/index.ts'
import { type LabelWeights, rowsFeed } from './graph.ts'
import type { LocalIds } from './ids.ts'
import type { Entity } from './network.ts'

/** What a graph reads in one run: feeds made with the ids of the run, the rows of tables that these are, and all other weights. */
export type RunFeeds = (make: (ids: LocalIds) => Feeds, known?: Readonly<Record<Entity, Uint8Array>>) => Feeds

/**
 * @param localIds begins a run
 * @returns feeds whose `known` is 1 at the ids whose vectors are read; others are 0
 */
export function feedsOver({ tables, parameters, averages }: LabelWeights, localIds: () => LocalIds): RunFeeds {
  return (make, known) => {
    const ids = localIds()
    const fed = make(ids)
    const rows = { user: ids.rows('user'), item: ids.rows('item'), category: ids.rows('category') }
    const read = [...tables].map(([name, { entity, width, tensor }]) => {
      const data = new Float32Array(rows[entity].length * width)
      for (const [i, row] of rows[entity].entries()) {
        if (known?.[entity][row] === 0) continue
        for (let j = 0; j < width; j++) data[i * width + j] = tensor.data[row * width + j]
      }
      return [`rows/${name}`, { shape: [rows[entity].length, width], data }] as const
    })
    return {
      ...Object.fromEntries([...read, ...parameters.tensors, ...averages.tensors]),
      ...fed,
      ...Object.fromEntries(
        Object.entries(rows).map(([entity, data]) => [rowsFeed(entity as Entity), { shape: [data.length], data }]),
      ),
    }
  }
}
