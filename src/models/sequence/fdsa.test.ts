import { expect, it } from 'vitest'
import { dot, plainWeights, plus, through, times } from '../../../test/checks/plain-algebra.ts'
import { plainLinear, plainNorm, plainTransformer, softmaxOf } from '../../../test/checks/plain-transformer.ts'
import { buildDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { fdsa } from './fdsa.ts'

const names = Array.from({ length: 10 }, (_, i) => `i${i}`)
const genres: Record<string, string[]> = { i0: ['war'], i1: ['war', 'love'], i2: ['love'], i5: ['war', 'love', 'art'] }
const dataset = buildDataset(
  'described',
  {
    user: names.map(() => 'u'),
    item: names,
    domain: names.map(() => 'films'),
    category: names.map((_, i) => `c${i % 3}`),
  },
  { itemFeatures: [{ name: 'genre', kind: 'labels', of: new Map(Object.entries(genres)) }] },
)
const split = { name: 'none', part: new Uint8Array(names.length) }
/** Labels of the two fields, by row of their tables; the names are sorted: art, love, war. */
const labelsOf = (id: number) => {
  const name = dataset.items.name(id)
  return {
    category: [1 + (Number(name.slice(1)) % 3)],
    'feature/genre': (genres[name] ?? []).map((genre) => 1 + ['art', 'love', 'war'].indexOf(genre)),
  }
}

it('scores as the equations say, from what is known of the items and the items, computed position by position', async () => {
  const [width, heads, layers, maxLength] = [4, 2, 2, 5]
  const config = fdsa.config.parse({ width, heads, layers, inner: 5, maxLength })
  const model = fdsa.create(config, dataset, split, { seed: 1, threads: 1 })
  const rng = createRng(5)
  for (const [name, { data }] of model.weights())
    for (let i = name === 'items' ? width : 0; i < data.length; i++) data[i] = 0.6 * rng.normal()
  const weights = plainWeights(model.weights())
  const { matrix } = weights

  const items = matrix('items')
  const described = (id: number) => {
    const fields = Object.entries(labelsOf(id)).map(([field, labels]) => {
      const rows = labels.map((label) => matrix(`attributes/${field}`)[label])
      return rows.length === 0 ? [0, 0, 0, 0] : times(1 / rows.length, plus(...rows))
    })
    const energies = fields.map((field) => {
      const hidden = plainLinear(weights, 'fields/hidden', field).map((x) => Math.max(0, x))
      return through(hidden, matrix('fields/vector'))[0]
    })
    const shares = softmaxOf(energies)
    return plus(...fields.map((field, i) => times(shares[i], field)))
  }
  const stateOf = (history: readonly number[]) => {
    const places = matrix('positions').slice(maxLength - history.length)
    const stream = (name: string, rows: readonly number[][]) => {
      const x = rows.map((row, t) => plainNorm(weights, `${name}/input`, plus(row, places[t])))
      return plainTransformer(weights, name, x, { layers, heads }, (query, key) => key <= query).at(-1)!
    }
    const item = stream(
      'item',
      history.map((id) => items[id]),
    )
    return plainLinear(weights, 'output', [...item, ...stream('feature', history.map(described))])
  }

  const histories = [[7], [3, 9, 3], [1, 2, 3, 4], [5, 5, 1, 2, 3, 4, 10, 6]]
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
  const scores = await model.score(queries, { start: 1, end: dataset.items.size })
  await model.dispose()
  const expected = histories.flatMap((history) => {
    const state = stateOf(history.slice(-maxLength))
    return items.slice(1).map((item) => dot(state, item))
  })
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
  expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-5)
})
