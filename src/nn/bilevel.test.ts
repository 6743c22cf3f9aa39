import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Tensor } from '../core/index.ts'
import { createRng } from '../math/index.ts'
import { buildGraph } from '../tensor/compile.ts'
import { evaluate } from '../tensor/executors/reference/executor.ts'
import * as t from '../tensor/index.ts'
import { compile, grad, input, type Sym } from '../tensor/index.ts'
import { checkConvergence, clipByGlobalNorm, hypergradient } from './bilevel.ts'
import { binaryCrossEntropy } from './losses.ts'

type Values = Readonly<Record<string, readonly number[]>>
type Matrix = readonly (readonly number[])[]

/** Computes a graph whose inputs have fixed shapes, in double precision. */
function program(outputs: readonly Sym[]): (values: Values) => number[][] {
  const graph = buildGraph(new Map(outputs.map((node, i) => [`${i}`, node])))
  return (values) => {
    const feeds = new Map(
      [...graph.inputs].map(([name, node]) => {
        const data = node.dtype === 'int32' ? Int32Array.from(values[name]) : Float64Array.from(values[name])
        return [name, { shape: node.shape as number[], data }]
      }),
    )
    const results = evaluate(graph, feeds, new Map(), 'float64')
    return outputs.map((_, i) => [...results.get(`${i}`)!.data])
  }
}

const run = (outputs: readonly Sym[], values: Values) => program(outputs)(values)
const nameOf = (node: Sym) => (node as Sym<'input'>).attributes.name
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, x, i) => total + x * b[i], 0)
const times = (matrix: Matrix, v: readonly number[]) => matrix.map((row) => dot(row, v))
const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - b[i]))
const normals = (count: number, seed: number, scale = 1) => {
  const rng = createRng(seed)
  return Array.from({ length: count }, () => scale * rng.normal())
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length)
  expect(distance(actual, expected)).toBeLessThanOrEqual(tolerance * Math.max(Math.hypot(...expected), 1e-3))
}

/** How outputs change as the inputs `nodes` move along `directions`: central differences. */
function difference(
  outputs: readonly Sym[],
  values: Values,
  nodes: readonly Sym[],
  directions: Matrix,
  step: number,
): number[][] {
  const compute = program(outputs)
  const at = (sign: number) => {
    const moved = { ...values }
    nodes.forEach((node, k) => {
      moved[nameOf(node)] = values[nameOf(node)].map((x, i) => x + sign * step * directions[k][i])
    })
    return compute(moved)
  }
  const [above, below] = [at(1), at(-1)]
  return above.map((output, k) => output.map((x, i) => (x - below[k][i]) / (2 * step)))
}

/**
 * L_train = ½ θᵀAθ − θᵀBφ and L_dev = ½ ‖θ − y‖² + ⟨c, φ⟩ over n lower and m upper weights, A with the given eigenvalues:
 * θ* = A⁻¹Bφ and ∇φ L = c + BᵀA⁻¹(θ* − y).
 */
function quadratic(eigenvalues: readonly number[], m: number, seed: number) {
  const n = eigenvalues.length
  const basis = orthonormal(n, seed)
  const spectral = (f: (eigenvalue: number) => number): Matrix =>
    basis.map((_, i) => basis.map((_, j) => basis.reduce((s, q, k) => s + q[i] * f(eigenvalues[k]) * q[j], 0)))
  const b = Array.from({ length: n }, (_, i) => normals(m, seed + 10 + i))
  const [phi, y, c] = [normals(m, seed + 1), normals(n, seed + 2), normals(m, seed + 3)]
  const optimum = times(
    spectral((l) => 1 / l),
    times(b, phi),
  )
  const slope = optimum.map((x, i) => x - y[i]) // ∇θ L_dev
  /** c + Bᵀ f(A) slope */
  const through = (f: (eigenvalue: number) => number) => {
    const solved = times(spectral(f), slope)
    return c.map((x, j) => x + b.reduce((s, row, i) => s + row[j] * solved[i], 0))
  }
  const node = { theta: input('theta', [n]), phi: input('phi', [m]), a: input('a', [n, n]), b: input('b', [n, m]) }
  const column = (x: Sym) => t.reshape(x, [-1, 1])
  const form = (left: Sym, matrix: Sym, right: Sym) => t.sum(t.multiply(column(left), t.matmul(matrix, column(right))))
  const train = t.subtract(t.multiply(0.5, form(node.theta, node.a, node.theta)), form(node.theta, node.b, node.phi))
  const dev = t.add(
    t.multiply(0.5, t.sum(t.square(t.subtract(node.theta, input('y', [n]))))),
    t.sum(t.multiply(input('c', [m]), node.phi)),
  )
  const values = { theta: optimum, phi, y, c, a: spectral((l) => l).flat(), b: b.flat() }
  return { ...node, train, dev, values, through, exact: through((l) => 1 / l) }
}

/** Gram and Schmidt. */
function orthonormal(n: number, seed: number): Matrix {
  const basis: number[][] = []
  for (let i = 0; i < n; i++) {
    let v = normals(n, 1000 * seed + i)
    for (const q of basis) {
      const along = dot(v, q)
      v = v.map((x, k) => x - along * q[k])
    }
    const size = Math.hypot(...v)
    basis.push(v.map((x) => x / size))
  }
  return basis
}

describe('a strongly convex quadratic', () => {
  const eigenvalues = [0.5, 0.8, 1.1, 1.7, 2]
  const problem = quadratic(eigenvalues, 3, 1)
  const { train, dev, theta, phi, values, exact } = problem
  const solve = (terms: number, alpha: number) => {
    const { gradients, norms, solution } = hypergradient({ train, dev, theta: [theta], phi: [phi], terms, alpha })
    return run([...gradients, norms, ...solution], values) as [number[], number[], number[]]
  }

  it('is solved as K grows; the error falls by 1 − α λ_min a term', () => {
    const alpha = 0.5
    const error = (terms: number) => distance(solve(terms, alpha)[0], exact) / Math.hypot(...exact)
    const steps = [0, 1, 2, 3, 5, 10, 20, 40, 80]
    const errors = steps.map(error)
    console.log(`relative error by K: ${steps.map((k, i) => `${k}: ${errors[i].toExponential(1)}`).join(', ')}`)
    for (const [i, value] of errors.slice(1).entries()) expect(value).toBeLessThan(errors[i])
    expect(errors.at(-1)).toBeLessThan(1e-9)
    const rate = 1 - alpha * eigenvalues[0]
    expect((errors.at(-1)! / errors.at(-2)!) ** (1 / 40)).toBeCloseTo(rate, 4)
  })

  it('tells the size of every term', () => {
    const alpha = 0.3
    const slope = values.theta.map((x, i) => x - values.y[i])
    let v: number[] = slope
    const expected = [0, 1, 2, 3, 4].map((n) => {
      if (n > 0) {
        const a = Array.from({ length: 5 }, (_, i) => values.a.slice(5 * i, 5 * i + 5))
        const curved = times(a, v)
        v = v.map((x, i) => x - alpha * curved[i])
      }
      return Math.hypot(...v)
    })
    expectNear(solve(4, alpha)[1], expected, 1e-12)
  })

  it('K = 0 is −α times the mixed derivative of ∇θ L_dev, beside the direct term', () => {
    const alpha = 0.25
    expectNear(
      solve(0, alpha)[0],
      problem.through(() => alpha),
      1e-12,
    )
  })

  test('where α ‖H‖ > 2 the series diverges, and the guard says so', () => {
    const norms = (alpha: number) => Float32Array.from(solve(12, alpha)[1])
    expect(() => checkConvergence(norms(0.99), 0.99)).not.toThrow()
    expect(() => checkConvergence(norms(1.5), 1.5)).toThrow(
      /diverges: with alpha 1.5, ‖v_\d+‖ is 1\d\.?\d* times ‖v_0‖.*smaller alpha, such as 0\.15$/,
    )
  })

  it('refuses what is no series', () => {
    expect(() => solve(-1, 0.1)).toThrow('a whole number of terms, 0 or more; given: -1')
    expect(() => solve(1.5, 0.1)).toThrow('a whole number of terms')
    expect(() => solve(3, 0)).toThrow('an alpha above 0; given: 0')
    expect(() => hypergradient({ train, dev, theta: [], phi: [phi], terms: 1, alpha: 1 })).toThrow('one node of theta')
  })
})

test('random quadratics: the series is Σ α (1 − αλ)^n in every eigenvalue, and its error is bounded by the slowest factor', () => {
  const eigenvalue = fc.double({ min: 0.1, max: 4, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(eigenvalue, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 8 }),
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (eigenvalues, m, terms, share, seed) => {
        const { train, dev, theta, phi, values, through, exact } = quadratic(eigenvalues, m, seed)
        const alpha = (2 * share) / Math.max(...eigenvalues)
        const { gradients } = hypergradient({ train, dev, theta: [theta], phi: [phi], terms, alpha })
        const [gradient] = run(gradients, values) as [number[]]
        const cut = (l: number) => (1 - (1 - alpha * l) ** (terms + 1)) / l
        expectNear(gradient, through(cut), 1e-8)
        const slowest = Math.max(...eigenvalues.map((l) => Math.abs(1 - alpha * l)))
        const slope = values.theta.map((x, i) => x - values.y[i])
        const bound = (Math.hypot(...values.b) * Math.hypot(...slope)) / Math.min(...eigenvalues)
        expect(distance(gradient, exact)).toBeLessThanOrEqual(slowest ** (terms + 1) * bound * (1 + 1e-9) + 1e-12)
      },
    ),
    { numRuns: 30 },
  )
})

interface Weights {
  readonly rows: Sym
  readonly hidden: Sym
  readonly head: Sym
}

/**
 * Weighted source behaviors beside target behaviors, as in BIAO, with a network that is linear in θ or has a layer of ReLU.
 * Both batches gather from the same rows, with repeats; the weights are a softmax over φ's scores of the behaviors' features.
 */
function ratings(options: { hidden: boolean; ridge: number; weights?: Weights; features?: (rows: Sym) => Sym }) {
  const { rows, hidden, head } = options.weights ?? {
    rows: input('rows', [6, 3]),
    hidden: input('hidden', [3, 4]),
    head: input('head', [options.hidden ? 4 : 3, 1]),
  }
  const phi = input('phi', [3, 1])
  const theta = options.hidden ? [rows, hidden, head] : [rows, head]
  const count = { source: 7, target: 5, dev: 4 }
  const loss = (part: keyof typeof count) => {
    const x = t.gather(rows, input(`${part}/ids`, [count[part]], 'int32'))
    const last = options.hidden ? t.relu(t.matmul(x, hidden)) : x
    const logits = t.reshape(t.matmul(last, head), [count[part]])
    return binaryCrossEntropy(logits, input(`${part}/labels`, [count[part]]))
  }
  const gathered = t.gather(rows, input('source/ids', [count.source], 'int32'))
  const features = (options.features ?? t.stopGradient)(gathered)
  const trust = t.softmax(t.reshape(t.matmul(features, phi), [count.source]))
  const penalty = theta.map((x) => t.multiply(options.ridge / 2, t.sum(t.square(x)))).reduce((a, b) => t.add(a, b))
  const train = t.add(t.add(t.mean(loss('target')), t.sum(t.multiply(trust, loss('source')))), penalty)
  const values: Record<string, readonly number[]> = {
    rows: normals(18, 1),
    hidden: normals(12, 2),
    head: normals(options.hidden ? 4 : 3, 3),
    phi: normals(3, 4),
    'source/ids': [0, 1, 1, 2, 3, 1, 5],
    'target/ids': [1, 1, 4, 0, 3],
    'dev/ids': [4, 1, 0, 1],
    'source/labels': [1, 0, 1, 1, 0, 0, 1],
    'target/labels': [1, 0, 0, 1, 1],
    'dev/labels': [1, 1, 0, 0],
  }
  return { train, dev: t.mean(loss('dev')), theta, phi, head, values }
}

describe('against optimizing anew', () => {
  it('a step of φ moves the upper loss, after θ has followed, as the hypergradient says', () => {
    // Rows are data here and φ's features too, so that the lower problem is a ridge regression: strongly convex in the head.
    const { train, dev, head, phi, values } = ratings({ hidden: false, ridge: 0.2 })
    const slope = program(grad(train, [head]))
    const upper = program([dev])
    const follow = (moved: readonly number[]) => {
      let at: Values = { ...values, phi: moved }
      for (let step = 0; step < 400; step++) {
        const [g] = slope(at) as [number[]]
        at = { ...at, head: at.head.map((x, i) => x - 0.4 * g[i]) }
      }
      return at
    }
    const optimum = follow(values.phi)
    expect(Math.hypot(...slope(optimum)[0])).toBeLessThan(1e-12)
    const { gradients } = hypergradient({ train, dev, theta: [head], phi: [phi], terms: 150, alpha: 0.8 })
    const [gradient] = run(gradients, optimum) as [number[]]
    const step = 1e-4
    const expected = values.phi.map((_, i) => {
      const at = (sign: number) => upper(follow(values.phi.map((x, j) => (i === j ? x + sign * step : x))))[0][0]
      return (at(1) - at(-1)) / (2 * step)
    })
    expect(Math.hypot(...expected)).toBeGreaterThan(1e-3)
    expectNear(gradient, expected, 1e-6)
  })
})

describe('a network of ReLU over gathered rows with repeated ids', () => {
  const { train, dev, theta, phi, values } = ratings({ hidden: true, ridge: 0.01 })
  const alpha = 0.1

  // Differences move rows, but not φ's features, which stopGradient holds where they are; the test after next says so.
  const held = ratings({ hidden: true, ridge: 0.01, features: () => input('features', [7, 3]) })
  const features = values['source/ids'].flatMap((id) => values.rows.slice(3 * id, 3 * id + 3))
  const heldValues = { ...values, features }

  it('multiplies by the Hessian as differences of gradients do', () => {
    const { solution } = hypergradient({ train, dev, theta, phi: [phi], terms: 1, alpha })
    const v = run(grad(dev, theta), values)
    // p = α (2 v_0 − α H v_0)
    const product = run(solution, values).map((p, k) => p.map((x, i) => (2 * v[k][i] - x / alpha) / alpha))
    const expected = difference(grad(held.train, held.theta), heldValues, held.theta, v, 1e-6)
    expect(Math.hypot(...expected.flat())).toBeGreaterThan(1e-2)
    product.forEach((part, k) => {
      expectNear(part, expected[k], 1e-6)
    })
  })

  it('has the mixed product of differences of ∇φ L_train', () => {
    const { gradients, solution } = hypergradient({ train, dev, theta, phi: [phi], terms: 3, alpha })
    const p = run(solution, values)
    const slopeOfPhi = grad(held.train, [held.phi])
    const [expected] = difference(slopeOfPhi, heldValues, held.theta, p, 1e-6)
    const [gradient] = run(gradients, values)
    expect(Math.hypot(...expected)).toBeGreaterThan(1e-4)
    expectNear(
      gradient,
      expected.map((x) => -x),
      1e-6,
    )
  })

  it.each(['reference', 'onnx'] as const)('is the same in single precision on %s', async (executor) => {
    const { gradients, norms } = hypergradient({ train, dev, theta, phi: [phi], terms: 3, alpha })
    const program = await compile({ gradient: gradients[0], norms }, { executor, threads: 1 })
    const feeds: Record<string, Tensor> = {}
    for (const node of [...theta, phi]) feeds[nameOf(node)] = tensor(values[nameOf(node)], node.shape as number[])
    for (const part of ['source', 'target', 'dev']) {
      feeds[`${part}/ids`] = { ...tensor(values[`${part}/ids`]), data: Int32Array.from(values[`${part}/ids`]) }
      feeds[`${part}/labels`] = tensor(values[`${part}/labels`])
    }
    const results = await program.run(feeds)
    await program.dispose()
    const expected = run([...gradients, norms], values)
    expectNear([...results.gradient.data], expected[0], 1e-4)
    expectNear([...results.norms.data], expected[1], 1e-5)
  })

  it('reads what is behind stopGradient as data', () => {
    const options = { terms: 2, alpha }
    const [stopped] = run(hypergradient({ train, dev, theta, phi: [phi], ...options }).gradients, values)
    const [fed] = run(hypergradient({ ...held, phi: [held.phi], ...options }).gradients, heldValues)
    expectNear(stopped, fed, 1e-12)
    const leaking = ratings({ hidden: true, ridge: 0.01, features: (rows) => rows })
    const [leaked] = run(hypergradient({ ...leaking, phi: [leaking.phi], ...options }).gradients, values)
    expect(distance(leaked, stopped)).toBeGreaterThan(1e-3 * Math.hypot(...stopped))
  })

  it('takes θ in parts as it takes θ whole', () => {
    const merged = input('merged', [18 + 12 + 4])
    const part = (start: number, end: number, shape: readonly number[]) =>
      t.reshape(t.slice(merged, 0, start, end), shape)
    const weights = { rows: part(0, 18, [6, 3]), hidden: part(18, 30, [3, 4]), head: part(30, 34, [4, 1]) }
    const whole = ratings({ hidden: true, ridge: 0.01, weights })
    const inParts = hypergradient({ train, dev, theta, phi: [phi], terms: 3, alpha })
    const inOne = hypergradient({ ...whole, theta: [merged], phi: [whole.phi], terms: 3, alpha })
    const all = { ...values, merged: [...values.rows, ...values.hidden, ...values.head] }
    const [expected, expectedNorms] = run([...inParts.gradients, inParts.norms], all)
    const [gradient, norms] = run([...inOne.gradients, inOne.norms], all)
    expectNear(gradient, expected, 1e-12)
    expectNear(norms, expectedNorms, 1e-12)
  })
})

describe('the guard of the series', () => {
  const check = (...norms: number[]) => checkConvergence(Float32Array.from(norms), 0.1)

  it('lets pass what shrinks, grows a little, or is zero', () => {
    expect(() => check(1, 0.5, 0.25)).not.toThrow()
    expect(() => check(1, 3, 9.9)).not.toThrow()
    expect(() => check(0, 0, 0)).not.toThrow()
  })

  it('names the term that is too large or no number', () => {
    expect(() => check(1, 3, 31)).toThrow(/with alpha 0.1, ‖v_2‖ is 31.0 times ‖v_0‖; .* such as 0.01$/)
    expect(() => check(2, Number.NaN, 1)).toThrow('‖v_1‖ is NaN')
    expect(() => check(2, 4, Number.POSITIVE_INFINITY)).toThrow('‖v_2‖ is Infinity')
    expect(() => check(1, 100)).toThrow(expect.objectContaining({ code: 'not-finite' }))
  })

  it('does not blame alpha for a gradient that was no number before the series began', () => {
    expect(() => check(Number.NaN, Number.NaN)).toThrow(
      'the gradient of the upper loss has norm NaN; no alpha mends that',
    )
  })
})

describe('clipping by the global norm', () => {
  it('shrinks all gradients together to the limit and leaves smaller ones alone', () => {
    const gradients = [Float32Array.of(3, 0), Float32Array.of(0, 4)]
    expect(clipByGlobalNorm(gradients, 10)).toBe(5)
    expect(gradients.map((g) => [...g])).toEqual([
      [3, 0],
      [0, 4],
    ])
    expect(clipByGlobalNorm(gradients, 2.5)).toBe(5)
    expect(gradients.map((g) => [...g])).toEqual([
      [1.5, 0],
      [0, 2],
    ])
  })

  it('refuses NaN and scales nothing', () => {
    const gradients = [Float32Array.of(300), Float32Array.of(Number.NaN)]
    expect(() => clipByGlobalNorm(gradients, 1)).toThrow('the norm of the gradients is NaN')
    expect(gradients[0][0]).toBe(300)
  })
})

function tensor(data: readonly number[], shape: readonly number[] = [data.length]): Tensor {
  return { shape, data: Float32Array.from(data) }
}
