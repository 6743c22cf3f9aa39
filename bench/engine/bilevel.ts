// The hypergradient against K, the terms of its Neumann series. First its relative error on a strongly convex quadratic whose
// answer is known, in single precision through the default executor. Then what it costs on a network of CoNet's size (two
// towers 30→64→32→16→8 with cross connections, batch 64, dev batch 256, 200 embedding rows of 10): nodes after simplification,
// seconds to build and compile, milliseconds a run, beside a training step's gradient. Variants take turns; medians count.
//
//   taskset -c 0 npx tsx bench/engine/bilevel.ts [--rounds 200] [--threads 1]
import { parseArgs } from 'node:util'
import type { Tensor } from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'
import {
  binaryCrossEntropy,
  createParameters,
  hypergradient,
  type Parameters,
  xavierUniform,
} from '../../src/nn/index.ts'
import { buildGraph } from '../../src/tensor/compile.ts'
import * as t from '../../src/tensor/index.ts'
import { compile, grad, input, runWith, type Sym } from '../../src/tensor/index.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, threads: { type: 'string', default: '1' } },
})
const threads = Number(values.threads)
const TERMS = [0, 1, 2, 3, 5, 10]

const errors = await errorAgainstTerms()
const costs = await costAgainstTerms()
console.log(JSON.stringify({ errors, costs, rounds: Number(values.rounds), threads }))

/** L_train = ½ Σ λ_i θ_i² − ⟨θ, φ⟩, L_dev = ½ ‖θ − 1‖²: θ* = φ / λ and ∇φ L = (θ* − 1) / λ. */
async function errorAgainstTerms(): Promise<Record<number, number>> {
  const curvature = [0.5, 0.8, 1, 1.5, 2]
  const alpha = 0.5
  const [theta, phi, lambda] = [input('theta', [5]), input('phi', [5]), input('lambda', [5])]
  const train = t.sum(t.subtract(t.multiply(0.5, t.multiply(lambda, t.square(theta))), t.multiply(theta, phi)))
  const dev = t.multiply(0.5, t.sum(t.square(t.subtract(theta, 1))))
  const vector = (data: readonly number[]): Tensor => ({ shape: [5], data: Float32Array.from(data) })
  const point = [0.3, -1.2, 0.7, 2, -0.4]
  const optimum = point.map((x, i) => x / curvature[i])
  const exact = optimum.map((x, i) => (x - 1) / curvature[i])
  const size = Math.hypot(...exact)
  console.log(
    `quadratic, eigenvalues ${curvature.join(', ')}, alpha ${alpha}: slowest factor ${1 - alpha * curvature[0]}`,
  )
  const result: Record<number, number> = {}
  for (const terms of [0, 1, 2, 3, 5, 10, 20, 40, 60]) {
    const { gradients } = hypergradient({ train, dev, theta: [theta], phi: [phi], terms, alpha })
    const program = await compile({ gradient: gradients[0] }, { threads })
    const { gradient } = await runWith(program, { theta: vector(optimum), lambda: vector(curvature) })
    await program.dispose()
    result[terms] = Math.hypot(...exact.map((x, i) => gradient.data[i] - x)) / size
    console.log(`K ${String(terms).padStart(2)}: relative error ${result[terms].toExponential(2)}`)
  }
  return result
}

/** Both towers' logits of B pairs whose users, items and categories are rows of one table. */
function towers(parameters: Parameters, rows: Sym, batch: string): { source: Sym; target: Sym } {
  const side = (name: string) => {
    const row = (field: string) => t.gather(rows, input(`${batch}/${name}/${field}`, [batch], 'int32'))
    return t.concat([t.gather(rows, input(`${batch}/user`, [batch], 'int32')), row('item'), row('category')], 1)
  }
  let [source, target] = [side('source'), side('target')] // [B, 30]
  const widths = [30, 64, 32, 16, 8]
  for (let layer = 1; layer < widths.length; layer++) {
    const [from, to] = [widths[layer - 1], widths[layer]]
    const weight = (name: string) => parameters.declare(`${name}${layer}`, [from, to], xavierUniform(from, to))
    const [own, other, cross] = [weight('source'), weight('target'), weight('cross')]
    const next = t.relu(t.add(t.matmul(source, own), t.matmul(target, cross)))
    target = t.relu(t.add(t.matmul(target, other), t.matmul(source, cross)))
    source = next
  }
  const logit = (name: string, x: Sym) =>
    t.reshape(t.linear(x, parameters.declare(name, [8, 1], xavierUniform(8, 1))), [batch])
  return { source: logit('sourceHead', source), target: logit('targetHead', target) }
}

async function costAgainstTerms(): Promise<Record<string, { nodes: number; compileSeconds: number; runMs: number }>> {
  const parameters = createParameters(createRng(1))
  const rows = input('rows', [200, 10])
  const [train, dev] = [towers(parameters, rows, 'B'), towers(parameters, rows, 'D')]
  const theta = [rows, ...parameters.symbols.values()]
  const perceptron = createParameters(createRng(2))
  const declare = (name: string, from: number, to: number) =>
    perceptron.declare(name, [from, to], xavierUniform(from, to))
  const features = t.stopGradient(
    t.concat(
      ['item', 'category'].map((field) => t.gather(rows, input(`B/source/${field}`, ['B'], 'int32'))),
      1,
    ),
  )
  const hidden = t.relu(t.linear(features, declare('hidden', 20, 16)))
  const weights = t.softmax(t.reshape(t.linear(hidden, declare('weight', 16, 1)), ['B']))
  const entropy = (logits: Sym, label: string, batch: string) => binaryCrossEntropy(logits, input(label, [batch]))
  const lower = t.add(
    t.mean(entropy(train.target, 'B/target/label', 'B')),
    t.sum(t.multiply(weights, entropy(train.source, 'B/source/label', 'B'))),
  )
  const upper = t.mean(entropy(dev.target, 'D/target/label', 'D'))
  const phi = [...perceptron.symbols.values()]

  const feeds = batches({ B: 64, D: 256 })
  Object.assign(feeds, Object.fromEntries(parameters.tensors), Object.fromEntries(perceptron.tensors))
  const variants = ['step', ...TERMS] as const
  const cells = []
  for (const variant of variants) {
    const started = performance.now()
    const outputs: Record<string, Sym> =
      variant === 'step' ? gradientsOf(lower, theta) : hypergradientOf(lower, upper, theta, phi, variant)
    const program = await compile(outputs, { threads })
    const compileSeconds = (performance.now() - started) / 1000
    const { nodes } = buildGraph(new Map(Object.entries(outputs)))
    const own = Object.fromEntries(program.inputs.map((name) => [name, feeds[name]]))
    cells.push({ variant, program, own, nodes: nodes.length, compileSeconds, times: [] as number[] })
  }
  for (let round = 0; round < 5 + Number(values.rounds); round++)
    for (const { program, own, times } of cells) {
      const started = performance.now()
      await program.run(own)
      if (round >= 5) times.push(performance.now() - started)
    }
  const result: Record<string, { nodes: number; compileSeconds: number; runMs: number }> = {}
  for (const { variant, program, nodes, compileSeconds, times } of cells) {
    await program.dispose()
    const runMs = times.sort((a, b) => a - b)[times.length >> 1]
    const name = variant === 'step' ? 'gradient of a training step' : `hypergradient, K ${variant}`
    result[variant] = { nodes, compileSeconds, runMs }
    console.log(
      `${name.padEnd(28)} ${String(nodes).padStart(5)} nodes, compiled in ${compileSeconds.toFixed(2)} s, ${runMs.toFixed(2)} ms a run`,
    )
  }
  return result
}

function gradientsOf(loss: Sym, theta: readonly Sym[]): Record<string, Sym> {
  return Object.fromEntries(grad(loss, theta).map((gradient, j) => [`${j}`, gradient]))
}

function hypergradientOf(train: Sym, dev: Sym, theta: readonly Sym[], phi: readonly Sym[], terms: number) {
  const { gradients, norms } = hypergradient({ train, dev, theta, phi, terms, alpha: 0.1 })
  return { norms, ...Object.fromEntries(gradients.map((gradient, j) => [`${j}`, gradient])) }
}

function batches(sizes: Readonly<Record<string, number>>): Record<string, Tensor> {
  const rng = createRng(3)
  const feeds: Record<string, Tensor> = {
    rows: { shape: [200, 10], data: Float32Array.from({ length: 2000 }, () => 0.3 * rng.normal()) },
  }
  for (const [batch, size] of Object.entries(sizes)) {
    for (const name of ['user', 'source/item', 'source/category', 'target/item', 'target/category'])
      feeds[`${batch}/${name}`] = { shape: [size], data: Int32Array.from({ length: size }, () => rng.below(200)) }
    for (const name of ['source', 'target'])
      feeds[`${batch}/${name}/label`] = { shape: [size], data: Float32Array.from({ length: size }, () => rng.below(2)) }
  }
  return feeds
}
