import { type Dataset, domainItems, type ItemRange, type Scorer, type ScoringVectors } from '../../core/index.ts'
import { input, matmul, type Programs } from '../../tensor/index.ts'
import { nodeOf, type UserItemGraph } from './graph.ts'

/** What a graph makes of all vectors: of nodes [N, w] and of items [V, w], row by row. */
export interface Propagated {
  readonly users: Float32Array
  readonly items: Float32Array
}

/**
 * Scores items by their products with the vector of the user: of the node in the items' domain, where users have one in each. Who has none there is
 * the mean of the user's nodes elsewhere, by how many items each met; a stranger is the mean of all nodes that could answer.
 */
export function scorePropagated(
  dataset: Dataset,
  graph: UserItemGraph,
  programs: Programs,
  propagated: () => Promise<Propagated>,
): Scorer['score'] {
  const byDomain = isByDomain(graph)
  const parts = (range: ItemRange): (ItemRange & { domain: number })[] => {
    if (!byDomain) return [{ ...range, domain: -1 }]
    return dataset.domains.flatMap((_, domain) => {
      const own = domainItems(dataset, domain)
      const part = { start: Math.max(range.start, own.start), end: Math.min(range.end, own.end), domain }
      return part.start < part.end ? [part] : []
    })
  }
  return async (queries, range) => {
    const columns = range.end - range.start
    const scores = new Float32Array(queries.length * columns)
    if (queries.length === 0) return scores
    const { users, items } = await propagated()
    const width = users.length / graph.nodes
    const product = matmul(input('states', ['B', width]), input('block', ['R', width]), { transposeB: true })
    const program = await programs.compile({ product }, 'scores')
    for (const { start, end, domain } of parts(range)) {
      const vectorOf = userVectors(graph, users, width, domain)
      const states = new Float32Array(queries.length * width)
      for (const [q, { user }] of queries.entries()) states.set(vectorOf(user), q * width)
      const found = await program.run({
        states: { shape: [queries.length, width], data: states },
        block: { shape: [end - start, width], data: items.subarray(start * width, end * width) },
      })
      const own = found.product.data as Float32Array
      for (let q = 0; q < queries.length; q++)
        scores.set(own.subarray(q * (end - start), (q + 1) * (end - start)), q * columns + start - range.start)
    }
    return scores
  }
}

/** What users are asked for by, and items answer with. */
export async function propagatedVectors(
  graph: UserItemGraph,
  propagated: () => Promise<Propagated>,
): Promise<ScoringVectors> {
  const { users, items } = await propagated()
  const width = users.length / graph.nodes
  const byDomain = isByDomain(graph)
  return {
    width,
    byDomain,
    items,
    from: 'user',
    async of(queries) {
      const found = new Float32Array(queries.length * width)
      const vectorsOf = new Map<number, ReturnType<typeof userVectors>>()
      for (const [q, { user, domain }] of queries.entries()) {
        const asked = byDomain ? domain : -1
        const vectorOf = vectorsOf.get(asked) ?? userVectors(graph, users, width, asked)
        vectorsOf.set(asked, vectorOf)
        found.set(vectorOf(user), q * width)
      }
      return found
    },
  }
}

function isByDomain({ domain }: UserItemGraph): boolean {
  return domain.some((one) => one >= 0)
}

/** The vector by which a user is asked for items of a domain. */
function userVectors(
  graph: UserItemGraph,
  vectors: Float32Array,
  width: number,
  asked: number,
): (user: number | undefined) => Float32Array {
  const { degree, userStart, domain, nodes } = graph
  const meanOf = (from: number, to: number, weight: (node: number) => number) => {
    const sum = new Float64Array(width)
    let total = 0
    for (let node = from; node < to; node++) {
      const own = weight(node)
      total += own
      for (let k = 0; k < width && own > 0; k++) sum[k] += own * vectors[node * width + k]
    }
    return Float32Array.from(sum, (x) => (total === 0 ? 0 : x / total))
  }
  let stranger: Float32Array | undefined
  return (user) => {
    if (user === undefined) {
      stranger ??= meanOf(1, nodes, (node) => Number(degree[node] > 0 && domain[node] === asked))
      return stranger
    }
    const node = nodeOf(graph, user, asked)
    if (node > 0) return vectors.subarray(node * width, (node + 1) * width)
    return meanOf(userStart[user], userStart[user + 1], (own) => degree[own])
  }
}
