import { afterAll, describe, expect, it } from 'vitest'
import { dot, plainWeights, plus, through, times, type Vector } from '../../../../test/checks/plain-algebra.ts'
import { cycleWorld } from '../../../contract/worlds.ts'
import { lossCatalogue, rankingLoss } from '../../../families/ranking/index.ts'
import { type SequenceModel, sequenceStep } from '../../../families/sequence/index.ts'
import { createRng } from '../../../math/index.ts'
import { adam } from '../../../nn/index.ts'
import { MASKED } from './cloze.ts'
import { bert4rec } from './index.ts'

const { dataset, split } = cycleWorld()
const [width, heads, layers, maxLength] = [4, 2, 2, 6]

/** x Φ(x), by the series of the error function. */
function gelu(x: number): number {
  const z = x / Math.SQRT2
  let [term, sum] = [z, z]
  for (let n = 1; n < 80; n++) {
    term *= (-z * z) / n
    sum += term / (2 * n + 1)
  }
  return 0.5 * x * (1 + (2 / Math.sqrt(Math.PI)) * sum)
}

describe.each([false, true])('bert4rec, projection %s', (projection) => {
  const config = bert4rec.config.parse({ width, heads, layers, inner: 6, maxLength, dropout: 0, projection })
  const model = bert4rec.create(config, dataset, split, { seed: 1, threads: 1 }) as SequenceModel
  afterAll(() => model.dispose())
  // Biases start at zero, where they would prove nothing.
  const rng = createRng(5)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  const { vector, matrix } = plainWeights(model.weights())
  const items = matrix('items')

  const linear = (name: string, x: Vector) => plus(through(x, matrix(`${name}/weight`)), vector(`${name}/bias`))

  function norm(name: string, x: Vector): number[] {
    const mean = x.reduce((a, b) => a + b, 0) / width
    const deviation = Math.sqrt(x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / width + 1e-5)
    const [gain, bias] = [vector(`${name}/gain`), vector(`${name}/bias`)]
    return x.map((xi, i) => ((xi - mean) / deviation) * gain[i] + bias[i])
  }

  /** Every place attends to every other: there is no padding here. */
  function attention(block: string, x: readonly Vector[]): number[][] {
    const [query, key, value] = ['query', 'key', 'value'].map((part) => x.map((xt) => linear(`${block}/${part}`, xt)))
    const size = width / heads
    return x.map((_, t) => {
      const joined = Array.from({ length: heads }, (_, head) => {
        const own = (v: Vector) => v.slice(head * size, (head + 1) * size)
        const weights = x.map((_, s) => Math.exp(dot(own(query[t]), own(key[s])) / Math.sqrt(size)))
        const total = weights.reduce((a, b) => a + b, 0)
        return plus(...x.map((_, s) => times(weights[s] / total, own(value[s]))))
      }).flat()
      return linear(`${block}/output`, joined)
    })
  }

  /** The states of a window in which some ids are `MASKED`. */
  function statesOf(window: readonly number[]): number[][] {
    const positions = matrix('positions').slice(maxLength - window.length)
    let x = window.map((id, t) => {
      const shown = id === MASKED ? vector('mask') : items[id]
      return plus(times(Math.sqrt(width), shown), positions[t])
    })
    for (let layer = 0; layer < layers; layer++) {
      const block = `block${layer}`
      const attended = attention(
        block,
        x.map((xt) => norm(`${block}/norm1`, xt)),
      )
      x = x.map((xt, t) => plus(xt, attended[t]))
      x = x.map((xt) => {
        const hidden = linear(`${block}/inner`, norm(`${block}/norm2`, xt)).map(gelu)
        return plus(xt, linear(`${block}/outer`, hidden))
      })
    }
    const states = x.map((xt) => norm('norm', xt))
    return projection ? states.map((state) => linear('projection', state).map(gelu)) : states
  }

  it('asks with a mask after the most recent items, and scores as the equations say', async () => {
    // Empty; shorter than what it is padded to, as long, and longer than what is looked at.
    const histories = [[], [7], [3, 9], [3, 9, 3], [1, 2, 3, 4, 16], [5, 5, 1, 2, 3, 4, 15, 6]]
    const range = { start: 1, end: dataset.items.size }
    const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
    const scores = await model.score(queries, range)
    const expected = histories.flatMap((history) => {
      const state = statesOf([...history.slice(-(maxLength - 1)), MASKED]).at(-1)!
      return items.slice(1).map((item) => dot(state, item))
    })
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
    expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-4)
  })

  it('is trained to name the items at masked places, by what stands on both sides', async () => {
    const catalogue = lossCatalogue({ dataset, split }, 'domain')
    const step = sequenceStep(
      model,
      config,
      (states) => rankingLoss('softmax', states, model.table, catalogue, config),
      adam({ learningRate: 1e-12 }), // the step itself is too small to matter
    )
    const windows = [
      [4, MASKED, 9, MASKED, 2],
      [3, 11, MASKED],
    ]
    const hidden = [
      [0, 8, 0, 1, 0],
      [0, 0, 5],
    ]
    const padded = (rows: readonly (readonly number[])[]) =>
      Int32Array.from(rows.flatMap((row) => [...Array(5 - row.length).fill(0), ...row]))
    const batch = { size: 2, length: 5, user: new Int32Array(2), items: padded(windows), targets: padded(hidden) }
    const { loss } = await step.run(batch, undefined, createRng(1), 1)
    const losses = windows.flatMap((window, b) =>
      statesOf(window).flatMap((state, t) => {
        const target = hidden[b][t]
        if (target === 0) return []
        const total = items.slice(1).reduce((sum, item) => sum + Math.exp(dot(state, item)), 0)
        return [Math.log(total) - dot(state, items[target])]
      }),
    )
    expect(losses).toHaveLength(3)
    expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 3, 4)
    // The rows of masked places are PAD's, which must not learn.
    expect(model.table.tensor.data.subarray(0, width).every((x) => x === 0)).toBe(true)
    const mask = step.state.get('mean/mask')!.data
    expect(mask.some((x) => x !== 0)).toBe(true)
  })
})
