import { z } from 'zod'
import type { SparseMatrix } from '../../core/index.ts'
import {
  defineGraphModel,
  graphOptions,
  heard,
  type NodeVectors,
  onBoth,
  type UserItemGraph,
  unitLength,
} from '../../families/graphs/index.ts'
import { add, concat, multiply, type Sym, sparseProduct } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of user and item vectors'),
  layers: z
    .int()
    .min(1)
    .default(2)
    .describe('K, how many times vectors go along edges, and users from domain to domain'),
  lambda: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('λ, how much of itself a user keeps in a domain; the rest comes from the other domains of the user'),
  connect: z.enum(['concat', 'mean']).default('concat').describe('what is made of the layers'),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of what a layer makes'),
  ...graphOptions({ loss: 'bce', learningRate: 0.005, weightDecay: 0.00001 }),
})

/**
 * The transfer of users from domain to domain, [N, N]: half of a user in a domain is λ of itself and 1 − λ of the mean of the user's other
 * domains, half is the mean of all of them by how many items the user met there. Who is in one domain stays as it is.
 */
export function transfer({ nodes, degree, userStart }: UserItemGraph, lambda: number): SparseMatrix {
  const offsets = [0, 0]
  const columns: number[] = []
  const values: number[] = []
  for (let user = 0; user + 1 < userStart.length; user++) {
    const own = Array.from({ length: userStart[user + 1] - userStart[user] }, (_, i) => userStart[user] + i)
    const met = own.reduce((sum, node) => sum + degree[node], 0)
    for (const node of own) {
      for (const other of own) {
        const specific = other === node ? lambda : (1 - lambda) / (own.length - 1)
        columns.push(other)
        values.push(own.length === 1 ? 1 : (specific + degree[other] / met) / 2)
      }
      offsets.push(columns.length)
    }
  }
  return {
    shape: [nodes, nodes],
    offsets: Int32Array.from(offsets),
    columns: Int32Array.from(columns),
    values: Float32Array.from(values),
  }
}

// Weights: `users` [N, d], a vector for each user in each domain that the user has training rows in; `items` [V, d].

export const bitgcf = defineGraphModel({
  name: 'bitgcf',
  summary: 'a graph for each domain, between which the vectors of shared users are exchanged at every layer',
  paper: {
    title: 'Cross Domain Recommendation via Bi-directional Transfer Graph Collaborative Filtering Networks',
    year: 2020,
    venue: 'CIKM',
  },
  config,
  nodes: 'user in a domain',
  own: ({ width }) => ({ width, deviation: 0.1 / Math.sqrt(width) }),
  encoder({ layers, lambda, connect }, { graph }) {
    const exchange = transfer(graph, lambda)
    return (own, dropout) => {
      const made: NodeVectors[] = [own]
      let { users, items } = own
      for (let k = 0; k < layers; k++) {
        const near = heard(graph.adjacency, { users, items })
        // Feature propagation: what is heard, and how far it agrees with what is there.
        const propagate = (x: Sym, side: keyof NodeVectors) =>
          dropout.apply(`layer${k}/${side}`, add(add(x, near[side]), multiply(x, near[side])))
        const next = onBoth(propagate, { users, items })
        users = sparseProduct(exchange, next.users) // feature transfer
        items = next.items
        made.push(onBoth(unitLength, { users, items }))
      }
      return onBoth((_, side) => {
        const parts = made.map((layer) => layer[side])
        return connect === 'concat' ? concat(parts, 1) : multiply(parts.reduce(add), 1 / parts.length)
      }, own)
    }
  },
})
