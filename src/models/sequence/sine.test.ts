import { describe, expect, it } from 'vitest'
import { dot, plainWeights, plus, sigmoid, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { cycleWorld } from '../../contract/worlds.ts'
import { lossCatalogue } from '../../families/ranking/index.ts'
import { type SequenceModel, sequenceStep } from '../../families/sequence/index.ts'
import { createRng } from '../../math/index.ts'
import { sgd } from '../../nn/index.ts'
import type { Sym } from '../../tensor/index.ts'
import { lossOf, sine } from './sine.ts'

const { dataset, split } = cycleWorld()
const [width, concepts, interests, maxLength] = [4, 7, 3, 6]
const sizes = { width, concepts, interests, maxLength }

const softmax = (logits: Vector): number[] => {
  const exps = logits.map(Math.exp)
  const total = exps.reduce((sum, e) => sum + e, 0)
  return exps.map((e) => e / total)
}
/** Σ_i weights[i] rows[i]. */
const weighted = (weights: Vector, rows: readonly Vector[]) => plus(...rows.map((row, i) => times(weights[i], row)))
const average = (x: Vector) => x.reduce((a, b) => a + b, 0) / x.length
const normalized = (x: Vector) => {
  const variance = average(x.map((xi) => (xi - average(x)) ** 2))
  return x.map((xi) => (xi - average(x)) / Math.sqrt(variance + 1e-5))
}

it('scores as the equations say, computed concept by concept and item by item', async () => {
  const config = sine.config.parse({ ...sizes, temperature: 0.7 })
  const model = sine.create(config, dataset, split, { seed: 1, threads: 1 })
  // Biases start at zero, where they would prove nothing.
  const rng = createRng(5)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  const { vector, matrix } = plainWeights(model.weights())

  const norm = (name: string, x: Vector) =>
    plus(
      normalized(x).map((n, i) => n * vector(`${name}/gain`)[i]),
      vector(`${name}/bias`),
    )
  const items = matrix('items')
  const pool = matrix('concepts')
  const met = new Set<number>()
  const stateOf = (history: readonly number[]) => {
    const x = history.map((item) => items[item])
    const attention = (name: string, rows: readonly Vector[], k = 0) => {
      const places = matrix('positions').slice(maxLength - history.length)
      const hidden = matrix(`${name}/hidden`).map((row) => row.slice(k * width, (k + 1) * width))
      const logits = rows.map((row, t) =>
        dot(through(plus(row, places[t]), hidden).map(Math.tanh), matrix(`${name}/vectors`)[k]),
      )
      return softmax(logits)
    }
    const virtual = weighted(attention('concept', x), x)
    const activation = pool.map((concept) => dot(concept, virtual))
    const chosen = [...activation.keys()].sort((a, b) => activation[b] - activation[a]).slice(0, interests)
    for (const concept of chosen) met.add(concept)
    const active = chosen.map((concept) => times(sigmoid(activation[concept]), pool[concept]))
    const assigned = x.map((row) => {
      const item = norm('assignment/norm', through(row, matrix('assignment/weight')))
      return softmax(active.map((concept) => dot(item, normalized(concept)) / Math.sqrt(width)))
    })
    const found = active.map((_, k) => {
      const weights = attention('interest', x, k).map((weight, t) => weight * assigned[t][k])
      return norm('interest/norm', weighted(weights, x))
    })
    const intentions = assigned.map((shares) => weighted(shares, active))
    const next = norm('intention/norm', weighted(attention('intention', intentions), intentions))
    return weighted(softmax(found.map((interest) => dot(interest, next) / width / 0.7)), found)
  }

  // Shorter than what it is padded to, as long, and longer than what is looked at.
  const histories = [[7], [3, 9, 3], [1, 2, 3, 4], [16, 2, 14, 4, 12, 6], [5, 5, 1, 2, 3, 4, 15, 6]]
  const range = { start: 1, end: dataset.items.size }
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
  const scores = await model.score(queries, range)
  await model.dispose()
  const expected = histories.flatMap((history) => {
    const state = stateOf(history.slice(-maxLength))
    return items.slice(1).map((item) => dot(state, item))
  })
  expect(met.size).toBeGreaterThan(interests)
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
  expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-5)
})

describe('the penalty on concepts that resemble one another', () => {
  const items = Int32Array.of(0, 3, 4, 5, 6, 7)
  const batch = { size: 2, length: 3, user: new Int32Array(2), items, targets: Int32Array.of(0, 0, 5, 0, 0, 8) }
  /** Half the sum of squared covariances of different concepts, that is each pair's once. */
  const resemblance = (pool: readonly Vector[]) => {
    const covariance = (a: Vector, b: Vector) => average(a.map((x, i) => (x - average(a)) * (b[i] - average(b))))
    const pairs = pool.flatMap((a, i) => pool.slice(0, i).map((b) => [a, b] as const))
    return pairs.reduce((total, [a, b]) => total + covariance(a, b) ** 2, 0)
  }
  /** The loss of a step of gradient descent, and the concepts before and after it. */
  async function step(decorrelation: number, logitsPerTarget = 10) {
    const config = sine.config.parse({ ...sizes, decorrelation, dropout: 0 })
    const model = sine.create(config, dataset, split, { seed: 1, threads: 1 }) as SequenceModel
    const concepts = () => plainWeights(model.weights()).matrix('concepts')
    const before = concepts()
    const ranking = lossOf(model, config, lossCatalogue({ dataset, split }, 'domain'))
    const own = (states: Sym) => ({ ...ranking(states), logitsPerTarget })
    const { loss } = await sequenceStep(model, config, own, sgd({ learningRate: 0.1 })).run(
      batch,
      undefined,
      createRng(1),
      1,
    )
    const after = concepts()
    await model.dispose()
    return { loss, before, after }
  }

  it('is added to the loss, and a step lowers it', async () => {
    const [without, penalized] = [await step(0), await step(5)]
    const before = resemblance(penalized.before)
    expect(before).toBeGreaterThan(0.01)
    expect(penalized.loss - without.loss).toBeCloseTo(5 * before, 5)
    expect(resemblance(penalized.after)).toBeLessThan(0.9 * before)
    expect(resemblance(without.after)).toBeGreaterThan(0.9 * before)
  })

  it('counts once for a batch that is too large for one run', async () => {
    const [whole, inParts] = [await step(5), await step(5, 32_000_000)]
    expect(inParts.loss).toBeCloseTo(whole.loss, 5)
    const difference = inParts.after.flat().map((x, i) => Math.abs(x - whole.after.flat()[i]))
    expect(Math.max(...difference)).toBeLessThan(1e-6)
  })
})
