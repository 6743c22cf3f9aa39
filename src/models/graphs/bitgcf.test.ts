import { describe, expect, it } from 'vitest'
import { dot, plainWeights, plus, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import {
  dataset,
  domainOf,
  drawnModel,
  EDGES,
  ITEMS,
  itemId,
  scoresByName,
  split,
  unit,
} from '../../../test/checks/small-graph.ts'
import { domainItems } from '../../core/index.ts'
import { buildDataset, splitDataset } from '../../data/index.ts'
import { userItemGraph } from '../../families/graphs/index.ts'
import { createRng } from '../../math/index.ts'
import { bitgcf, transfer } from './bitgcf.ts'

const LAMBDA = 0.7
/** Nodes by user, then domain, from 1: ann books, ann films, bob books, bob films, cid books. */
const NODES = ['ann books', 'ann films', 'bob books', 'bob films', 'cid books']

/** u and v as what is heard and how far it agrees is added to them; then users of two domains exchange; then rows of length 1. */
function finalVectors(users: readonly Vector[], items: readonly Vector[], connect: 'concat' | 'mean') {
  const edges = EDGES.map(([user, item]) => [`${user} ${domainOf(item)}`, item as string] as const)
  const degree = (name: string) => edges.filter((edge) => edge.includes(name)).length
  const neighbors = (name: string) =>
    edges.flatMap(([node, item]) => (node === name ? [item] : item === name ? [node] : []))
  let layer = new Map<string, Vector>([
    ...NODES.map((node, n) => [node, users[n + 1]] as const),
    ...ITEMS.map((item) => [item, items[itemId(item)]] as const),
  ])
  const all = [layer]
  for (let k = 0; k < 2; k++) {
    const last = layer
    const propagated = (name: string) => {
      const x = last.get(name)!
      const near = plus(
        ...neighbors(name).map((other) => times(1 / Math.sqrt(degree(name) * degree(other)), last.get(other)!)),
      )
      return x.map((value, i) => value + near[i] + value * near[i])
    }
    const exchanged = (name: string) => {
      const user = name.split(' ')[0]
      const [own, other] = [name, `${user} ${name.endsWith('books') ? 'films' : 'books'}`]
      if (!NODES.includes(other) || !NODES.includes(own)) return propagated(name)
      const [u, v] = [propagated(own), propagated(other)]
      const [n, m] = [degree(own), degree(other)]
      const specific = plus(times(LAMBDA, u), times(1 - LAMBDA, v))
      const common = plus(times(n / (n + m), u), times(m / (n + m), v))
      return times(0.5, plus(specific, common))
    }
    layer = new Map([...last.keys()].map((name) => [name, exchanged(name)]))
    all.push(new Map([...layer].map(([name, x]) => [name, unit(x)])))
  }
  return (name: string): Vector => {
    const parts = all.map((vectors) => vectors.get(name)!)
    return connect === 'concat' ? parts.flat() : times(1 / 3, plus(...parts))
  }
}

it.each(['concat', 'mean'] as const)('scores as the layers say, computed edge by edge: connect=%s', async (connect) => {
  const model = drawnModel(bitgcf, { width: 3, layers: 2, lambda: LAMBDA, connect })
  const { matrix } = plainWeights(model.weights())
  const final = finalVectors(matrix('users'), matrix('items'), connect)
  const scores = await scoresByName(model, ['ann', 'bob', 'cid', undefined])
  for (const user of ['ann', 'bob'])
    for (const item of ITEMS)
      expect(scores(user, item)).toBeCloseTo(dot(final(`${user} ${domainOf(item)}`), final(item)), 5)
  // Cid is not known in films: there the books answer.
  for (const item of ITEMS) expect(scores('cid', item)).toBeCloseTo(dot(final('cid books'), final(item)), 5)
  // A stranger is the mean of those who answer there.
  const films = times(0.5, plus(final('ann films'), final('bob films')))
  expect(scores(undefined, 'f2')).toBeCloseTo(dot(films, final('f2')), 5)
  await model.dispose()
})

describe('the transfer', () => {
  const graph = userItemGraph(dataset, split, 'user in a domain')
  const row = ({ offsets, columns, values }: ReturnType<typeof transfer>, node: number) =>
    Array.from(columns.subarray(offsets[node], offsets[node + 1]), (column, e) => [column, values[offsets[node] + e]])

  it('leaves a user of one domain alone', () => {
    expect(row(transfer(graph, 0.3), 5)).toEqual([[5, 1]])
  })

  it('takes shares that add up to 1, of several other domains alike', () => {
    const userStart = Int32Array.of(1, 4)
    const degree = Int32Array.of(0, 2, 1, 5)
    const matrix = transfer({ ...graph, nodes: 4, degree, userStart }, 0.6)
    const shares = row(matrix, 2).map(([, share]) => share)
    for (const [i, share] of [(0.2 + 2 / 8) / 2, (0.6 + 1 / 8) / 2, (0.2 + 5 / 8) / 2].entries())
      expect(shares[i]).toBeCloseTo(share, 6)
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
  })
})

describe('users who are new in a domain', () => {
  /** Two tastes, which users have in both domains. Every fifth user has one row in films, which does not train. */
  const rng = createRng(7)
  const rows = Array.from({ length: 60 }, (_, user) => {
    const taste = user % 2 === 0 ? 'left' : 'right'
    const isNew = user % 5 === 0
    return ['books', 'films'].flatMap((domain) => {
      const items = rng.split(user, domain).shuffle(Int32Array.from({ length: 8 }, (_, i) => i))
      const taken = isNew && domain === 'films' ? items.subarray(0, 1) : items.subarray(0, 6)
      return Array.from(taken, (item) => ({
        user,
        domain,
        item: `${domain} ${taste} ${item}`,
        isNew: taken.length === 1,
      }))
    })
  }).flat()
  const world = buildDataset('two tastes', {
    user: rows.map(({ user }) => `user${user}`),
    item: rows.map(({ item }) => item),
    domain: rows.map(({ domain }) => domain),
    part: rows.map(({ isNew }) => (isNew ? 'test' : 'train')),
  })
  const films = domainItems(world, world.domains.indexOf('films'))

  it('are answered there by what they like elsewhere', async () => {
    const config = bitgcf.config.parse({ width: 8, epochs: 25, patience: 0, batchSize: 64, learningRate: 0.02 })
    const context = { dataset: world, split: splitDataset(world, 'column'), seed: 1, threads: 1 }
    const model = bitgcf.create(config, world, context.split, context)
    for await (const _ of bitgcf.train(model, config, { ...context, validate: async () => ({ 'ndcg@10': 0 }) }));
    const fresh = rows
      .filter(({ isNew }) => isNew)
      .map(({ user, item }) => ({ id: world.users.id(`user${user}`)!, item }))
    const scores = await model.score(
      fresh.map(({ id }) => ({ user: id, history: new Int32Array(0), domain: 1 })),
      films,
    )
    const width = films.end - films.start
    let right = 0
    for (const [q, { item }] of fresh.entries()) {
      const own = scores.subarray(q * width, (q + 1) * width)
      const best = own.indexOf(Math.max(...own)) + films.start
      if (world.items.name(best)!.split(' ')[1] === item.split(' ')[1]) right += 1
    }
    expect(fresh).toHaveLength(12)
    expect(right).toBeGreaterThanOrEqual(11) // one list for all would be right for half of them
    await model.dispose()
  })
})
