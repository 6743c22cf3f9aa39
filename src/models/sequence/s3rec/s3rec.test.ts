import { describe, expect, it } from 'vitest'
import { dot, plainWeights, plus, sigmoid } from '../../../../test/checks/plain-algebra.ts'
import { plainLinear, plainNorm, plainTransformer } from '../../../../test/checks/plain-transformer.ts'
import { buildDataset, negativeSampler, type SequenceBatch } from '../../../data/index.ts'
import type { SequenceModel } from '../../../families/sequence/index.ts'
import { createRng } from '../../../math/index.ts'
import { s3rec } from './index.ts'
import { createPretraining, hide } from './pretrain.ts'

const names = Array.from({ length: 12 }, (_, i) => `i${i}`)
const dataset = buildDataset('described', {
  user: names.map((_, i) => `u${i % 2}`),
  item: names,
  domain: names.map(() => 'films'),
  category: names.map((_, i) => `c${i % 3}`),
})
const split = { name: 'none', part: new Uint8Array(names.length) }
const items = Int32Array.of(0, 0, 3, 8, 3, 6, 2, 11, 4, 9)
const batch: SequenceBatch = { size: 2, length: 5, user: Int32Array.of(0, 1), items, targets: items }

describe('the four views of a batch', () => {
  const views = Array.from({ length: 200 }, (_, draw) => hide(batch, 0.3, createRng(draw)))
  const part = (array: ArrayLike<number>, view: number) => Array.from(array).slice(view * 10, (view + 1) * 10)

  it('show or hide what is there, and nothing at padding', () => {
    for (const { ids, hidden, keep } of views)
      for (const [at, id] of ids.entries()) {
        const real = items[at % 10] !== 0
        expect([keep[at], hidden[at]]).toEqual([real ? 1 : 0, real && id === 0 ? 1 : 0])
        if (at < 20 && id !== 0) expect(id).toBe(items[at % 10])
      }
  })

  it('hide as many items as asked for', () => {
    const share = views.reduce((sum, { hidden }) => sum + part(hidden, 0).reduce((a, b) => a + b), 0) / (200 * 8)
    expect(share).toBeGreaterThan(0.25)
    expect(share).toBeLessThan(0.35)
  })

  it('cut one segment of at most half, and show it, or as long a one, at its place', () => {
    const lengths = new Set<number>()
    for (const { ids } of views)
      for (const [first, end] of [
        [2, 5],
        [5, 10],
      ]) {
        const row = (view: number) => part(ids, view).slice(first, end)
        const inside = row(1).flatMap((id, at) => (id === 0 ? [at] : []))
        lengths.add(inside.length)
        expect(inside.length).toBeLessThanOrEqual((end - first) / 2)
        expect(inside).toEqual(inside.map((_, i) => inside[0] + i))
        expect(row(2)).toEqual([...items.subarray(first, end)].map((id, at) => (inside.includes(at) ? id : 0)))
        expect(row(3).map((id) => id !== 0)).toEqual(row(2).map((id) => id !== 0))
      }
    expect([...lengths].sort()).toEqual([1, 2])
  })
})

it('pre-training lowers what the equations say, computed position by position', async () => {
  const [width, heads, layers, maxLength] = [4, 2, 2, 6]
  const config = s3rec.config.parse({
    width,
    heads,
    layers,
    inner: 5,
    maxLength,
    masked: 0.5,
    dropout: 0,
    learningRate: 1e-9,
  })
  const model = s3rec.create(config, dataset, split, { seed: 1, threads: 1 }) as SequenceModel
  const rng = createRng(5)
  const pretraining = createPretraining(model, config, dataset, rng)
  const own = new Map([...pretraining.state].filter(([name]) => /^pretraining\/[^/]*(\/(weight|bias))?$/.test(name)))
  const all = new Map([...model.weights(), ...own])
  for (const [name, { data }] of all)
    for (let i = name === 'items' ? width : 0; i < data.length; i++) data[i] = 0.6 * rng.normal()
  const stream = createRng(9)
  const { loss, ...terms } = await pretraining.run(batch, stream)
  await model.dispose()

  const weights = plainWeights(all)
  const { matrix, vector } = weights
  const vectors = matrix('items')
  const { ids, hidden, keep } = hide(batch, config.masked, stream.split('hide'))
  const negatives = negativeSampler(dataset, 'domain').forBatch({ ...batch, targets: items }, stream.split('negatives'))
  const statesOf = (row: number) => {
    const x = Array.from({ length: 5 }, (_, t) => {
      const shown = hidden[row * 5 + t] === 1 ? vector('pretraining/mask') : vectors[ids[row * 5 + t]]
      return plainNorm(weights, 'input', plus(shown, matrix('positions')[maxLength - 5 + t]))
    })
    return plainTransformer(weights, '', x, { layers, heads }, (_, key) => keep[row * 5 + key] === 1)
  }
  const map = (task: string, x: readonly number[]) => plainLinear(weights, `pretraining/${task}`, x)
  const softplus = (x: number) => Math.log(1 + Math.exp(x))
  const preferred = (x: readonly number[], y: readonly number[], z: readonly number[]) =>
    softplus(sigmoid(dot(x, z)) - sigmoid(dot(x, y)))
  const expected = { attributes: 0, items: 0, hiddenAttributes: 0, segments: 0 }
  for (let b = 0; b < 2; b++) {
    const states = statesOf(b)
    for (let t = 0; t < 5; t++) {
      const item = items[b * 5 + t]
      if (item === 0) continue
      const task = hidden[b * 5 + t] === 1 ? 'hiddenAttributes' : 'attributes'
      const category = Number(dataset.items.name(item).slice(1)) % 3
      for (const [a, attribute] of matrix('pretraining/attributes').entries()) {
        const logit = dot(map(task, states[t]), attribute)
        expected[task] += softplus(logit) - (a === category ? logit : 0)
      }
      if (hidden[b * 5 + t] === 1)
        expected.items += preferred(map('items', states[t]), vectors[item], vectors[negatives[b * 5 + t]])
    }
    const last = (view: number) => statesOf(view * 2 + b).at(-1)!
    expected.segments += preferred(map('segments', last(1)), last(2), last(3))
  }
  expect(hidden.slice(0, 10).includes(1)).toBe(true)
  for (const [task, value] of Object.entries(expected)) expect(terms[task], task).toBeCloseTo(value / 2, 4)
  const { attributes, items: told, hiddenAttributes, segments } = terms
  expect(loss).toBeCloseTo(0.2 * attributes + told + hiddenAttributes + 0.5 * segments, 4)
})
