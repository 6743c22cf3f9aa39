import { expect, it } from 'vitest'
import { type Checkpoint, type Model, type ModelSpec, parseConfig, type Tensor } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import type { RankingLossName } from '../../src/families/ranking/index.ts'
import { createRng } from '../../src/math/index.ts'

// Models whose users have vectors of their own in each domain, held to their equations written plainly, one pair at a time. In each domain
// that a user knows, the user leaves one item out: the only negative there is.
const LOG = {
  ann: { books: 'ab', films: 'de' },
  bob: { books: 'bc' },
  cid: { books: 'ac', films: 'ef', games: 'g' },
  dan: { games: 'h' },
}
const LEFT_OUT = {
  ann: { books: 'c', films: 'f' },
  bob: { books: 'a' },
  cid: { books: 'b', films: 'd', games: 'h' },
  dan: { games: 'g' },
}
type Name = keyof typeof LOG
const NAMES = Object.keys(LOG) as Name[]
const rows = NAMES.flatMap((user) =>
  Object.entries(LOG[user]).flatMap(([domain, items]) => [...items].map((item) => ({ user, domain, item }))),
)
const dataset = buildDataset('small', {
  user: rows.map(({ user }) => user),
  item: rows.map(({ item }) => item),
  domain: rows.map(({ domain }) => domain),
})
const split = { name: 'none', part: new Uint8Array(dataset.log.length) }
const { domains, domainStart } = dataset
const idOf = (item: string) => dataset.items.id(item)!
const knows = (user: Name, domain: string) => domain in LOG[user]
const domainsOf = (user: Name) => domains.filter((domain) => knows(user, domain))
const dataOf = (user: Name, of: typeof LOG | typeof LEFT_OUT, domain: string) =>
  [...((of[user] as Record<string, string>)[domain] ?? '')].map(idOf)

/** A weight by its name, as rows. */
export type Rows = (name: string) => readonly (readonly number[])[]
/** What is known of who asks: a vector of each domain and one that domains share, where there is one. */
export interface Asker {
  readonly own: readonly (readonly number[] | undefined)[]
  readonly shared: readonly number[] | undefined
}

/** A score by the equations. */
export type PlainScore = (rows: Rows, asker: Asker, domain: number, item: readonly number[]) => number

export const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0)
/** x W, for W [in, out]. */
export const times = (x: readonly number[], matrix: readonly (readonly number[])[]) =>
  matrix[0].map((_, j) =>
    dot(
      x,
      matrix.map((row) => row[j]),
    ),
  )
const mean = (vectors: readonly (readonly number[])[]) =>
  vectors[0]?.map((_, k) => vectors.reduce((sum, vector) => sum + vector[k], 0) / vectors.length)

function askerOf(rows: Rows, user: Name): Asker {
  // Vectors stand in the order of users and, of one user, of domains.
  const held = NAMES.flatMap((name) => domainsOf(name).map((domain) => ({ name, domain })))
  const severals = NAMES.filter((name) => domainsOf(name).length > 1)
  const rowOf = (domain: string) => held.findIndex((own) => own.name === user && own.domain === domain)
  return {
    own: domains.map((domain) => (knows(user, domain) ? rows('users/own')[rowOf(domain) + 1] : undefined)),
    shared: severals.includes(user) ? rows('users/shared')[severals.indexOf(user) + 1] : undefined,
  }
}

/** The mean of those who know the domain, of each vector over those who have it. */
function stranger(rows: Rows, domain: number): Asker {
  const known = NAMES.filter((user) => knows(user, domains[domain])).map((user) => askerOf(rows, user))
  const present = <T>(values: readonly (T | undefined)[]) => values.filter((value) => value !== undefined)
  return {
    own: domains.map((_, d) => mean(present(known.map(({ own }) => own[d])))),
    shared: mean(present(known.map(({ shared }) => shared))),
  }
}

type Weights = ReadonlyMap<string, Float64Array>

function rowsOf(model: Model, weights: Weights): Rows {
  return (name) => {
    const { shape } = model.weights().get(name) ?? { shape: [0, 0] }
    const width = shape.at(-1)!
    const data = weights.get(name) ?? []
    return Array.from({ length: data.length / width }, (_, i) => [...data.slice(i * width, (i + 1) * width)])
  }
}

function filled(model: Model): Weights {
  const rng = createRng(5)
  const weights = new Map<string, Tensor>()
  for (const [name, { shape, data }] of model.weights()) {
    const values = Float32Array.from(data, () => 0.8 * rng.normal())
    if (/^(items|users)/.test(name)) values.fill(0, 0, shape[1])
    weights.set(name, { shape, data: values })
  }
  model.load(weights)
  return new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]))
}

function plainLoss(loss: RankingLossName, rows: Rows, plain: PlainScore): number {
  const losses = NAMES.flatMap((user) =>
    domainsOf(user).flatMap((domain) => {
      const d = domains.indexOf(domain)
      const asker = askerOf(rows, user)
      const score = (item: number) => plain(rows, asker, d, rows('items')[item])
      const [negative] = dataOf(user, LEFT_OUT, domain).map(score)
      return dataOf(user, LOG, domain).map((target) => {
        const positive = score(target)
        if (loss === 'bpr') return Math.log1p(Math.exp(negative - positive))
        if (loss === 'bce') return Math.log1p(Math.exp(-positive)) + Math.log1p(Math.exp(negative))
        let total = 0
        for (let item = domainStart[d]; item < domainStart[d + 1]; item++) total += Math.exp(score(item))
        return Math.log(total) - positive
      })
    }),
  )
  return losses.reduce((a, b) => a + b) / losses.length
}

/** Cases: scores of users of one, of two and of three domains in domains that they know and do not, and of strangers; gradients of losses. */
export function holdToEquations(
  spec: ModelSpec,
  set: Readonly<Record<string, unknown>>,
  plain: PlainScore,
  losses: readonly RankingLossName[] = ['bpr', 'bce', 'softmax'],
): void {
  const modelOf = (more: Readonly<Record<string, unknown>> = {}) => {
    const { config } = parseConfig(spec, { weightDecay: 0, batchSize: 64, epochs: 1, ...set, ...more })
    return { config, model: spec.create(config, dataset, split, { seed: 1, threads: 1 }) }
  }

  it('scores what the equations say', async () => {
    const { model } = modelOf()
    const rows = rowsOf(model, filled(model))
    for (const [d, domain] of domains.entries()) {
      const range = { start: domainStart[d], end: domainStart[d + 1] }
      const by = (asker: Asker) =>
        Array.from({ length: range.end - range.start }, (_, i) => plain(rows, asker, d, rows('items')[range.start + i]))
      const none = { history: new Int32Array(0), domain: d }
      const queries = [...NAMES.map((name) => ({ user: dataset.users.id(name)!, ...none })), none]
      const scores = await model.score(queries, range)
      const ofStrangers = by(stranger(rows, d))
      const expected = [...NAMES, 'a stranger'].flatMap((name) => {
        const own = name === 'a stranger' ? ofStrangers : by(askerOf(rows, name as Name))
        // Who has nothing of what is read there is a stranger there.
        return own.some(Number.isNaN) ? ofStrangers : own
      })
      for (const [i, score] of scores.entries()) expect(score, `${domain} ${i}`).toBeCloseTo(expected[i], 4)
    }
    await model.dispose()
  })

  it.each(losses)('has the gradients of the plain %s loss', async (loss) => {
    const { model, config } = modelOf({ loss })
    const weights = filled(model)
    const context = { dataset, split, seed: 1, threads: 1, validate: async () => ({ 'ndcg@10': 0 }) }
    let checkpoint: Checkpoint | undefined
    for await (const event of spec.train(model, config, context))
      if (event.type === 'checkpoint') checkpoint = event.checkpoint
    let largest = 0
    for (const [name, values] of weights) {
      const mean = checkpoint!.tensors.get(`moments/mean/${name}`)!.data
      const first = /^(items|users)/.test(name) ? model.weights().get(name)!.shape[1] : 0 // row 0 never learns
      for (let i = first; i < values.length; i++) {
        const at = (delta: number) => {
          const moved = Float64Array.from(values)
          moved[i] += delta
          return plainLoss(loss, rowsOf(model, new Map([...weights, [name, moved]])), plain)
        }
        const gradient = (at(1e-5) - at(-1e-5)) / 2e-5
        largest = Math.max(largest, Math.abs(gradient))
        // Adam's first mean is (1 − β1) times the gradient.
        expect(mean[i] / 0.1, `${name}[${i}]`).toBeCloseTo(gradient, 4)
      }
    }
    expect(largest).toBeGreaterThan(0.05)
    await model.dispose()
  })
}
