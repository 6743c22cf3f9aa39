import type { Dataset, Split, Tensor } from '../../core/index.ts'
import { domainOfItem } from '../../core/index.ts'
import { trainingSequences } from '../../data/index.ts'
import { gather, input, multiply, reshape, type Sym, scatterAdd } from '../../tensor/index.ts'

/** Which items are neighbors: edges with weights that add up to 1 over the neighbors of an item. */
export interface ItemGraph {
  /** Who hears, [E]. */
  readonly item: Int32Array
  /** Who is heard, [E]. */
  readonly neighbor: Int32Array
  readonly weight: Float32Array
}

/**
 * The items that followed an item in the training rows, by the share of times that they did.
 * @param scope followed at once in the mixed history; at once and of another domain; or next among the events of the item's own domain
 */
export function successionGraph(dataset: Dataset, split: Split, scope: 'mixed' | 'across' | 'own'): ItemGraph {
  const { items, offsets, user } = trainingSequences(dataset, split)
  const counts = new Map<number, number>()
  const V = dataset.items.size
  const count = (item: number, next: number) => counts.set(item * V + next, (counts.get(item * V + next) ?? 0) + 1)
  const last = new Int32Array(dataset.domains.length)
  for (let s = 0; s < user.length; s++) {
    last.fill(0)
    for (let i = offsets[s]; i < offsets[s + 1]; i++) {
      const domain = domainOfItem(dataset, items[i])
      const d = scope === 'own' ? domain : 0
      const follows = last[d] !== 0 && (scope !== 'across' || domainOfItem(dataset, last[d]) !== domain)
      if (follows) count(last[d], items[i])
      last[d] = items[i]
    }
  }
  return weighted(counts, V)
}

/** Edges by item and neighbor, so that sums do not depend on the order of the log. */
function weighted(counts: ReadonlyMap<number, number>, V: number): ItemGraph {
  const edges = [...counts].sort(([a], [b]) => a - b)
  const totals = new Float64Array(V)
  for (const [edge, times] of edges) totals[Math.floor(edge / V)] = totals[Math.floor(edge / V)] + times
  // No axis may be empty: without an edge there is one that says nothing.
  if (edges.length === 0) return { item: Int32Array.of(0), neighbor: Int32Array.of(0), weight: Float32Array.of(0) }
  return {
    item: Int32Array.from(edges, ([edge]) => Math.floor(edge / V)),
    neighbor: Int32Array.from(edges, ([edge]) => edge % V),
    weight: Float32Array.from(edges, ([edge, times]) => times / totals[Math.floor(edge / V)]),
  }
}

/** The mean of every item's neighbors, [V, d]; zero where it has none. Fed by `graphFeeds` of the same name. */
export function neighborMeans(vectors: Sym, name: string): Sym {
  const E = `E${name}`
  const heard = gather(vectors, input(`${name}/neighbor`, [E], 'int32')) // [E, d]
  const weighted = multiply(heard, reshape(input(`${name}/weight`, [E]), [E, 1]))
  return scatterAdd(weighted, input(`${name}/item`, [E], 'int32'), vectors.shape[0])
}

export function graphFeeds({ item, neighbor, weight }: ItemGraph, name: string): Record<string, Tensor> {
  const shape = [item.length]
  return {
    [`${name}/item`]: { shape, data: item },
    [`${name}/neighbor`]: { shape, data: neighbor },
    [`${name}/weight`]: { shape, data: weight },
  }
}
