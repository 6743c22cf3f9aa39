import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { twoDomainCopyWorld } from '../../src/contract/worlds.ts'
import {
  allItems,
  type Dataset,
  domainItems,
  type Model,
  type ModelSpec,
  Part,
  parseConfig,
  type Query,
  type Split,
} from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'
import { findModel, MODELS } from '../../src/registry.ts'
import { onnxOf } from '../../src/serving/batch/onnx.ts'

// Every model that can be a file, asked by onnxruntime alone as the README of the file says, beside the model itself.

const world = twoDomainCopyWorld({ users: 12 })
/** The same with an item, and a user, that have no training rows. */
const partly = (() => {
  const part = world.split.part.slice()
  const { log } = world.dataset
  const [item, user] = [log.item[0], 3]
  for (let row = 0; row < part.length; row++)
    if (log.item[row] === item || log.user[row] === user) part[row] = Part.test
  return { dataset: world.dataset, split: { ...world.split, part } }
})()
const small = { width: 8, inner: 8, hidden: 8, heads: 1, layers: 1, maxLength: 8 }

/** Weights other than those at the start, of which many are 0. */
function shaken(model: Model): Model {
  const rng = createRng(5)
  const weights = new Map(
    [...model.weights()].map(([name, { shape, data }]) => {
      const moved = data.slice()
      // Row 0 of a table is padding.
      const start = shape.length === 2 && name.endsWith('items') ? shape[1] : 0
      for (let i = start; i < moved.length; i++) moved[i] = moved[i] + 0.2 * rng.normal()
      return [name, { shape, data: moved }] as const
    }),
  )
  model.load(weights)
  return model
}

function made(spec: ModelSpec, set: Record<string, unknown>, { dataset, split }: { dataset: Dataset; split: Split }) {
  const isOfHistories = 'maxLength' in spec.config.shape
  const known = Object.entries(small).filter(([option]) => isOfHistories && option in spec.config.shape)
  return shaken(
    spec.create(parseConfig(spec, { ...Object.fromEntries(known), ...set }).config, dataset, split, {
      seed: 1,
      threads: 1,
    }),
  )
}

function questionsOf({ users, log, domains, items }: Dataset): Query[] {
  const all = [...new Array(items.size - 1).keys()].map((i) => i + 1)
  const rng = createRng(9)
  const drawn = (length: number) => Int32Array.from({ length }, () => all[rng.below(all.length)])
  const histories = [0, 1, 2, 7, 8, 9, 30].map(drawn)
  return domains.flatMap((_, domain) => [
    ...histories.map((history) => ({ history, domain })),
    ...[0, 3, users.size - 1].map((user) => ({
      user,
      history: log.item.slice(log.userStart[user], log.userStart[user + 1]),
      domain,
    })),
  ])
}

/** As the README has it: padding anywhere, ids that nobody knows are passed over. */
function feedsOf(queries: readonly Query[], session: InferenceSession): Record<string, Tensor> {
  const domain = new Tensor(
    'int32',
    Int32Array.from(queries, (query) => query.domain),
    [queries.length],
  )
  if (session.inputNames.includes('user'))
    return {
      domain,
      user: new Tensor(
        'int32',
        Int32Array.from(queries, ({ user }) => user ?? -1),
        [queries.length],
      ),
    }
  const length = Math.max(1, ...queries.map(({ history }) => history.length + 2))
  const ids = new Int32Array(queries.length * length)
  for (const [q, { history }] of queries.entries()) {
    ids.set(history, q * length + (q % 2 === 0 ? 0 : length - history.length))
    if (q % 4 === 0) ids[q * length + history.length + 1] = 1_000_000
  }
  return { domain, history: new Tensor('int32', ids, [queries.length, length]) }
}

async function expectParity(spec: ModelSpec, set: Record<string, unknown>, it: typeof world): Promise<boolean> {
  const { dataset, split } = it
  const model = made(spec, set, it)
  try {
    const vectors = await model.can?.vectors?.()
    if (vectors === undefined) {
      await expect(onnxOf({ spec, model, dataset, split }, { version: '0', weights: 'w' })).rejects.toMatchObject({
        code: 'not-supported',
      })
      return false
    }
    const { bytes } = await onnxOf({ spec, model, dataset, split }, { version: '0', weights: 'w' })
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 })
    const queries = questionsOf(dataset)
    for (const some of [queries, ...queries.map((query) => [query])]) {
      const { scores, vector } = await session.run(feedsOf(some, session))
      expect(vector.dims).toEqual([some.length, vectors.width])
      expect(scores.dims).toEqual([some.length, dataset.items.size - 1])
      for (const [q, query] of some.entries()) {
        const range = vectors.byDomain
          ? domainItems(dataset, query.domain)
          : { ...allItems(dataset), start: Math.max(1, allItems(dataset).start) }
        const expected = await model.score([query], range)
        const row = (scores.data as Float32Array).subarray(
          q * (dataset.items.size - 1),
          (q + 1) * (dataset.items.size - 1),
        )
        for (const [i, score] of expected.entries()) {
          const given = row[range.start - 1 + i]
          const tolerance = 1e-5 * Math.max(1, Math.abs(score))
          expect(
            Math.abs(given - score),
            `${spec.name}, item ${range.start + i}, question ${q}, ${query.history.length} items: ${given} for ${score}`,
          ).toBeLessThanOrEqual(tolerance)
        }
      }
    }
    await session.release()
    return true
  } finally {
    await model.dispose()
  }
}

describe('a model as an ONNX file', () => {
  for (const spec of MODELS.filter(({ task }) => task === 'ranking'))
    it(`scores as ${spec.name} does, or is refused`, async () => {
      const written = [await expectParity(spec, {}, world), await expectParity(spec, {}, partly)]
      const expected = ['bprmf', 'lightgcn', 'bitgcf', 'sasrec', 'gru4rec', 'bert4rec', 'cgrec', 'hstu', 'fdsa']
      if (expected.includes(spec.name)) expect(written).toEqual([true, true])
    })

  for (const name of ['sasrec', 'bert4rec', 'gru4rec'])
    it.each([
      { sequences: 'single' },
      { ask: 'domain' },
      { ask: 'learned' },
      { histories: 'own' },
      { sequences: 'single', ask: 'learned' },
      { sequences: 'single', ask: 'domain' },
    ])(`scores as ${name} does with %o`, async (set) => {
      expect(await expectParity(findModel(name), set, partly)).toBe(true)
    })
})
