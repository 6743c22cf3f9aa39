import { describe, expect, it } from 'vitest'
import { dot, plainWeights, plus, through } from '../../../../test/checks/plain-algebra.ts'
import { twoDomainCopyWorld } from '../../../contract/index.ts'
import { domainOfItem } from '../../../core/index.ts'
import type { SequenceBatch } from '../../../data/index.ts'
import { domainViewFeeds } from '../../../families/sequence/domain-views.ts'
import { type CrossDomainModel, type DomainInputs, domainViews } from '../../../families/sequence/index.ts'
import { createRng } from '../../../math/index.ts'
import { createDropout, createParameters, createTable, normal } from '../../../nn/index.ts'
import { compile, gather, input, runWith } from '../../../tensor/index.ts'
import { c2dsr } from './index.ts'
import { drawnFeeds, infomax } from './infomax.ts'

const { dataset, split } = twoDomainCopyWorld({ users: 20 })
const [first, other] = [0, 1].map((d) => dataset.domainStart[d])
/** Histories of both domains, of one, and of none. */
const batch: SequenceBatch = {
  size: 4,
  length: 4,
  user: new Int32Array(4),
  items: Int32Array.from(
    [
      [first, other, first + 1, first + 2],
      [0, 0, other + 3, first + 4],
      [0, other, other + 1, other],
      [0, 0, 0, 0],
    ].flat(),
  ),
  targets: new Int32Array(16),
}

describe('what the infomax objective draws', () => {
  it('of each history of two domains one, whose items become others of it', () => {
    const met = new Set<number>()
    for (let seed = 0; seed < 20; seed++) {
      const feeds = drawnFeeds(batch, dataset, createRng(seed))
      const [corrupted, outside, drawn] = ['corrupted', 'outside', 'drawn'].map((name) => [...feeds[name].data])
      expect([...feeds.drawnShare.data]).toEqual([0.5, 0.5, 0, 0])
      for (const b of [0, 1]) {
        const d = drawn.slice(2 * b, 2 * b + 2).indexOf(1)
        met.add(2 * b + d)
        for (let at = 4 * b; at < 4 * b + 4; at++) {
          const item = batch.items[at]
          const isDrawn = item !== 0 && domainOfItem(dataset, item) === d
          if (isDrawn) expect(domainOfItem(dataset, corrupted[at])).toBe(d)
          else expect(corrupted[at]).toBe(item)
          expect(outside[at] > 0).toBe(item !== 0 && !isDrawn)
        }
        expect(outside.slice(4 * b, 4 * b + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 6)
      }
      expect(corrupted.slice(8)).toEqual([...batch.items.subarray(8)])
    }
    expect(met.size).toBe(4)
  })
})

it('the infomax objective is the cross-entropy of a bilinear form of means, computed by hand', async () => {
  const width = 2
  const parameters = createParameters(createRng(1))
  const table = createTable('items', dataset.items.size, width, normal(1), createRng(2))
  const keep = input('keepAll', ['B', 'T'])
  const mixed = gather(table.symbol, input('ids', ['B', 'T'], 'int32'))
  const parts = domainViews(mixed, 2)
  // Encoders that leave vectors as they are.
  const seen = { mixed, parts, single: parts.map(({ rows }) => rows), cross: (rows: typeof mixed) => rows }
  const { value } = infomax(parameters, table, seen, { keep, dropout: createDropout(0) } as unknown as DomainInputs)
  const program = await compile({ value }, { executor: 'reference' })
  parameters.tensors.get('discriminators/bias')!.data.set([0.3, -0.2])
  const drawn = drawnFeeds(batch, dataset, createRng(5))
  const asked = { place: Int32Array.of(0), domain: Int32Array.of(0) }
  const found = await runWith(program, {
    ...Object.fromEntries(parameters.tensors),
    ...domainViewFeeds(batch, asked, dataset).feeds,
    ...drawn,
    items: table.tensor,
    ids: { shape: [4, 4], data: batch.items },
  })

  const { matrix } = plainWeights(new Map([['items', table.tensor], ...parameters.tensors]))
  const mean = (ids: readonly number[]) => plus(...ids.map((item) => matrix('items')[item])).map((x) => x / ids.length)
  const logistic = (x: number) => Math.log(1 + Math.exp(x))
  let expected = 0
  for (const b of [0, 1]) {
    const d = drawn.drawn.data[2 * b] === 1 ? 0 : 1
    const places = [0, 1, 2, 3].map((t) => 4 * b + t).filter((at) => batch.items[at] !== 0)
    const isOwn = (at: number) => domainOfItem(dataset, batch.items[at]) === d
    const own = mean(places.filter(isOwn).map((at) => batch.items[at]))
    const form = matrix('discriminators').map((row) => row.slice(d * width, (d + 1) * width))
    const logit = (ids: readonly number[]) => dot(through(own, form), mean(ids)) + [0.3, -0.2][d]
    const outside = places.filter((at) => !isOwn(at))
    expected += logistic(-logit(outside.map((at) => batch.items[at]))) / 2
    expected += logistic(logit(outside.map((at) => drawn.corrupted.data[at]))) / 2
  }
  expect(found.value.data[0]).toBeCloseTo(expected, 5)
})

it('answers by the sum of the mixed encoder and of the asked domain’s own', async () => {
  const config = c2dsr.config.parse({ width: 4, inner: 4, layers: 1, maxLength: 6, graphLayers: 2 })
  const model = c2dsr.create(config, dataset, split, { seed: 1, threads: 1 }) as CrossDomainModel
  const weights = model.weights()
  const without = async (names: readonly string[], history: readonly number[]) => {
    const kept = names.flatMap((name) => ['gain', 'bias'].map((part) => weights.get(`${name}/norm/${part}`)!.data))
    const before = kept.map((data) => data.slice())
    for (const data of kept) data.fill(0)
    const range = { start: 1, end: dataset.items.size }
    const scores = await model.score([{ history: Int32Array.from(history), domain: 0 }], range)
    for (const [i, data] of kept.entries()) data.set(before[i] as Float32Array)
    return [...scores]
  }
  const both = [other + 1, first + 2, other + 3]
  const all = await without([], both)
  const mixed = await without(['single0', 'single1'], both)
  const own = await without(['cross'], both)
  expect(all.every((score, v) => Math.abs(score - mixed[v] - own[v]) < 1e-5)).toBe(true)
  expect(Math.max(...own.map(Math.abs))).toBeGreaterThan(1e-4)
  // The own encoder knows nothing of the other domain's events.
  const alone = await without(['cross'], [first + 2])
  const inFirst = dataset.domainStart[1] - 1
  expect(Math.max(...alone.slice(0, inFirst).map((score, v) => Math.abs(score - own[v])))).toBeLessThan(1e-5)
  expect(alone.slice(inFirst).every((score) => score === 0)).toBe(true)
  await model.dispose()
})
