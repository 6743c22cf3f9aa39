import { describe, expect, it } from 'vitest'
import { adam, type Optimizer, partitioned, sgd } from './optimizer.ts'

const gradients = [
  [1, -2, 0.5],
  [0.25, 0, -1],
  [-3, 1, 1],
]

function run(optimizer: Optimizer, start: readonly number[]): Float32Array {
  const weights = Float32Array.from(start)
  optimizer.register('w', [weights.length])
  for (const gradient of gradients) {
    optimizer.begin()
    optimizer.update('w', weights, Float32Array.from(gradient))
  }
  return weights
}

describe('dense updates equal the published rules, computed apart in double precision', () => {
  it('adam', () => {
    const start = [0.5, -0.25, 1]
    const [rate, b1, b2, eps, decay] = [0.1, 0.8, 0.95, 1e-6, 0.01]
    const expected = start.map((w0, i) => {
      let [w, m, v] = [w0, 0, 0]
      for (const [step, gradient] of gradients.entries()) {
        const g = gradient[i] + decay * w
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g ** 2
        const [mHat, vHat] = [m / (1 - b1 ** (step + 1)), v / (1 - b2 ** (step + 1))]
        w -= (rate * mHat) / (Math.sqrt(vHat) + eps)
      }
      return w
    })
    const options = { learningRate: rate, beta1: b1, beta2: b2, epsilon: eps, weightDecay: decay }
    for (const [i, w] of run(adam(options), start).entries()) expect(w).toBeCloseTo(expected[i], 5)
  })

  it('sgd with momentum', () => {
    // v1 = g1, v2 = .5 v1 + g2, v3 = .5 v2 + g3; first weight: 1 + .75 + (−2.625) = −.875
    const weights = run(sgd({ learningRate: 0.1, momentum: 0.5 }), [0, 0, 0])
    expect(weights[0]).toBeCloseTo(-0.1 * (1 + 0.75 - 2.625), 6)
    expect(weights[1]).toBeCloseTo(-0.1 * (-2 + -1 + 0.5), 6)
  })

  it('sgd with weight decay and momentum', () => {
    const [rate, momentum, decay] = [0.1, 0.5, 0.2]
    const expected = [0.5, -0.25, 1].map((start, i) =>
      gradients.reduce(
        ([w, v], gradient) => {
          const velocity = momentum * v + (gradient[i] + decay * w)
          return [w - rate * velocity, velocity] as const
        },
        [start, 0] as readonly [number, number],
      ),
    )
    const weights = run(sgd({ learningRate: rate, momentum, weightDecay: decay }), [0.5, -0.25, 1])
    for (const [i, w] of weights.entries()) expect(w).toBeCloseTo(expected[i][0], 6)
  })
})

describe('row updates', () => {
  const optimizers: readonly [string, () => Optimizer][] = [
    ['adam', () => adam({ learningRate: 0.1 })],
    ['sgd', () => sgd({ learningRate: 0.1, momentum: 0.9 })],
    ['partitioned', () => partitioned({ one: adam({ learningRate: 0.1 }) }, () => 'one')],
  ]
  it.each(optimizers)('%s changes touched rows as a dense update would, and no other', (_name, make) => {
    const start = Float32Array.from([1, 2, 3, 4, 5, 6])
    const gradient = Float32Array.from([9, 9, 1, -1, 9, 9])
    const [dense, lazy] = [make(), make()]
    for (const optimizer of [dense, lazy]) {
      optimizer.register('t', [3, 2])
      optimizer.begin()
    }
    const all = start.slice()
    dense.update('t', all, gradient)
    const rows = start.slice()
    lazy.updateRows('t', rows, gradient, 2, Int32Array.of(1, 77), 1)
    expect([...rows.subarray(2, 4)]).toEqual([...all.subarray(2, 4)])
    expect([...rows.subarray(0, 2), ...rows.subarray(4)]).toEqual([1, 2, 5, 6])
  })

  it('lazy adam leaves the moments of untouched rows', () => {
    const optimizer = adam({ learningRate: 0.1 })
    optimizer.register('t', [2, 1])
    const table = new Float32Array(2)
    optimizer.begin()
    optimizer.updateRows('t', table, Float32Array.of(1, 1), 1, Int32Array.of(0, 1), 2)
    const before = optimizer.state.get('mean/t')!.data[0]
    optimizer.begin()
    optimizer.updateRows('t', table, Float32Array.of(1, 1), 1, Int32Array.of(1), 1)
    expect(optimizer.state.get('mean/t')!.data[0]).toBe(before)
    expect(optimizer.state.get('step')!.data[0]).toBe(2)
  })
})

describe('partitioned', () => {
  it('gives each weight to one optimizer, and tells their states apart', () => {
    const optimizer = partitioned(
      { fast: sgd({ learningRate: 1 }), slow: sgd({ learningRate: 0.1, momentum: 0.5 }) },
      (name) => (name === 'bias' ? 'slow' : 'fast'),
    )
    const weights = { bias: new Float32Array(1), other: new Float32Array(1) }
    for (const name of ['bias', 'other']) optimizer.register(name, [1])
    for (const step of [1, 2]) {
      optimizer.begin()
      for (const [name, data] of Object.entries(weights)) optimizer.update(name, data, Float32Array.of(step))
    }
    // 0 − 1 − 2, and with momentum 0 − .1 · 1 − .1 · (.5 · 1 + 2).
    expect(weights.other[0]).toBeCloseTo(-3, 6)
    expect(weights.bias[0]).toBeCloseTo(-0.35, 6)
    expect([...optimizer.state.keys()]).toEqual(['fast/velocity/other', 'slow/velocity/bias'])
    expect(optimizer.state.get('slow/velocity/bias')!.data[0]).toBeCloseTo(2.5, 6)
  })
})
