import { type Dataset, domainOfItem, type SparseMatrix, type Split } from '../../core/index.ts'
import { trainingSequences } from '../../data/index.ts'

/**
 * The items that followed an item in the training rows, by the share of times that they did: [V, V], rows that add up to 1 or have no entry. Its
 * product with vectors [V, d] is the mean of every item's neighbors.
 * @param scope followed at once in the mixed history; at once and of another domain; or next among the events of the item's own domain
 */
export function successionGraph(dataset: Dataset, split: Split, scope: 'mixed' | 'across' | 'own'): SparseMatrix {
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

/** Entries by item and neighbor, so that sums do not depend on the order of the log. */
function weighted(counts: ReadonlyMap<number, number>, V: number): SparseMatrix {
  const edges = [...counts].sort(([a], [b]) => a - b)
  const totals = new Float64Array(V)
  const offsets = new Int32Array(V + 1)
  for (const [edge, times] of edges) {
    const item = Math.floor(edge / V)
    totals[item] = totals[item] + times
    offsets[item + 1]++
  }
  for (let item = 0; item < V; item++) offsets[item + 1] += offsets[item]
  return {
    shape: [V, V],
    offsets,
    columns: Int32Array.from(edges, ([edge]) => edge % V),
    values: Float32Array.from(edges, ([edge, times]) => times / totals[Math.floor(edge / V)]),
  }
}
