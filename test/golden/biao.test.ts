import { describe, expect, it } from 'vitest'
import { Part } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createLabelModel, type LabelModel, lowerStep, trainingLoss } from '../../src/families/two-sided/index.ts'
import { createRng } from '../../src/math/index.ts'
import { biao } from '../../src/models/two-sided/biao/index.ts'
import { behaviorWeights, importance } from '../../src/models/two-sided/biao/perceptron.ts'
import { upperStep } from '../../src/models/two-sided/biao/upper.ts'
import { conet } from '../../src/models/two-sided/conet.ts'
import { minet } from '../../src/models/two-sided/minet.ts'
import { createParameters } from '../../src/nn/index.ts'
import { runWith } from '../../src/tensor/index.ts'
import { conetWeights, minetWeights, perceptronWeights, type Weights } from './base-weights.ts'
import {
  expectClose,
  fillWeights,
  flat,
  type GoldenBatch,
  labelledBatch,
  type Named,
  type Nested,
  readGolden,
  type World,
} from './cross-domain.ts'

interface Upper {
  readonly alpha: number
  readonly hessian: 'body' | 'all'
  readonly devLoss: number
  /** ‖v_n‖ */
  readonly norms: readonly number[]
  readonly hypergradient: Named
  readonly hypergradientNorm: number
  readonly afterOneStep?: readonly { readonly clip: number; readonly perceptron: Named }[]
}
interface Case {
  readonly base: 'conet' | 'minet'
  readonly theta: Named
  readonly lower: Readonly<Record<'weights' | 'weightsWithoutGlobal' | 'weightsWithoutUser', Nested>> & {
    readonly loss: number
    readonly gradients: Named
    readonly weightsAfterOneStep: Named
  }
  readonly upper: readonly Upper[]
}
const golden = readGolden<{
  readonly config: World &
    Readonly<Record<'hidden' | 'rank' | 'targetWindow' | 'sourceWindow' | 'window' | 'terms' | 'heads', number>> &
    Readonly<Record<'headWidth' | 'upperLearningRate' | 'learningRate', number>> &
    Readonly<Record<'widths' | 'tower' | 'local', readonly number[]>>
  readonly batches: Readonly<Record<'lower' | 'upper' | 'dev', GoldenBatch>>
  readonly perceptron: Named
  readonly cases: readonly Case[]
}>('biao.json')
const world = golden.config

/** Items and categories in the golden order; what the log says beside is of no interest. */
const items = Array.from({ length: world.items - 1 }, (_, i) => i + 1)
const dataset = buildDataset('golden', {
  user: items.map((id) => `user${id % (world.users - 1)}`),
  item: items.map((id) => String(id).padStart(2, '0')),
  domain: items.map((id) => (world.categoryOfItem[id] <= 3 ? 'a target' : 'the source')),
  category: items.map((id) => `category${world.categoryOfItem[id]}`),
  value: items.map(() => 5),
})
const split = { name: 'cross-domain:a target', part: new Uint8Array(dataset.log.length).fill(Part.train) }

const options = {
  recent: world.window,
  heads: world.heads,
  headWidth: world.headWidth,
  userHidden: [...world.local],
  terms: world.terms,
  upperOptimizer: 'sgd',
  upperLearningRate: world.upperLearningRate,
  learningRate: world.learningRate,
  weightDecay: 0,
  adam: 'lazy',
  batchSize: golden.batches.upper.target.length,
  devBatchSize: golden.batches.dev.target.length,
} as const
const wrapper = biao([conet, minet])

/** A model and a perceptron with the golden weights, whose every batch of the length of one of the golden batches is that one. */
function golds({ base, theta }: Case, more: Readonly<Record<string, unknown>> = {}) {
  const config = { ...wrapper.config.parse({ ...options, ...more, base }), source: 'loss' as const }
  const { width, widths, hidden, rank, tower, targetWindow, sourceWindow } = world
  const own =
    base === 'conet'
      ? conet.config.parse({ width, hidden: widths })
      : minet.config.parse({
          ...{ width, hidden, rank, layers: tower },
          ...{ targetHistory: targetWindow, sourceHistory: sourceWindow },
        })
  const spec = base === 'conet' ? conet : minet
  const network: Parameters<typeof createLabelModel>[0]['network'] = (build) => spec.network(own as never, build)
  const baseModel = createLabelModel({ name: base, network, config: own, dataset, split }, { seed: 1, threads: 1 })
  expect([...baseModel.sides.categoryOfItem]).toEqual([...world.categoryOfItem])
  const theirs = new Map(moved(base, theta))
  const rows = new Array<number>(world.width * baseModel.sides.categories).fill(0)
  theirs.set('category', Object.assign(rows, theirs.get('category')))
  fillWeights(baseModel.shared, theirs)
  const { upper, dev } = golden.batches
  const model: LabelModel = {
    ...baseModel,
    batch: (target) => labelledBatch(target.length === dev.target.length ? dev : upper, true),
  }
  return { model, config, perceptron: createParameters(createRng(1)) }
}

/** The order of a batch, as the golden model takes rows. */
function rowsOf({ upper, dev }: typeof golden.batches) {
  return {
    lowerRows: Int32Array.from(upper.target.keys()),
    devRows: Int32Array.from(dev.target.keys()),
  }
}

function fillPerceptron(perceptron: ReturnType<typeof createParameters>, named: Named, part = false) {
  const theirs = perceptronWeights(named, world.local.length)
  if (!part) expect([...perceptron.tensors.keys()].sort()).toEqual([...theirs.keys()].sort())
  for (const [name, { data }] of perceptron.tensors) {
    expect(theirs.get(name), name).toHaveLength(data.length)
    data.set(theirs.get(name)!)
  }
}

const moved = (base: Case['base'], named: Named): Weights =>
  base === 'conet' ? conetWeights(named, world.widths.length) : minetWeights(named, world.tower.length)

describe.each(golden.cases.map((one) => [one.base, one] as const))(
  'BIAO over %s equals PyTorch, which computes one behavior at a time',
  (base, one) => {
    it.each([
      ['both', one.lower.weights],
      ['user', one.lower.weightsWithoutGlobal],
      ['global', one.lower.weightsWithoutUser],
    ] as const)('weights of source behaviors, importance by %s', async (kind, expected) => {
      const { model, config, perceptron } = golds(one, { importance: kind })
      const graph = model.graph()
      const weights = behaviorWeights(perceptron, importance(perceptron, graph, config), graph.real)
      fillPerceptron(perceptron, golden.perceptron, kind !== 'both')
      const program = await model.programs.compile({ weights })
      const feeds = model.feeds((ids) => ({
        ...graph.feeds(labelledBatch(golden.batches.lower, true), ids, createRng(1)),
        ...Object.fromEntries(perceptron.tensors),
      }))
      const out = await runWith(program, feeds)
      expectClose(out.weights.data as Float32Array, expected, 1e-6, 'weights')
      await model.dispose()
    })

    it('a lower step of Adam, through whose weights no table learns', async () => {
      const { model, config, perceptron } = golds(one)
      const graph = model.graph()
      const weights = behaviorWeights(perceptron, importance(perceptron, graph, config), graph.real)
      fillPerceptron(perceptron, golden.perceptron)
      const { loss } = trainingLoss(graph, weights)
      const lower = lowerStep(model, graph, loss, config)
      const feeds = model.feeds((ids) => ({
        ...graph.feeds(labelledBatch(golden.batches.lower, true), ids, createRng(1)),
        ...Object.fromEntries(perceptron.tensors),
      }))
      expect((await lower.run(feeds)).loss).toBeCloseTo(one.lower.loss, 5)
      const gradients = moved(base, one.lower.gradients)
      const tensors = new Map([...model.shared.parameters.tensors])
      for (const [name, { tensor }] of model.shared.tables) tensors.set(name, tensor)
      for (const [name, after] of moved(base, one.lower.weightsAfterOneStep)) {
        // Adam divides a gradient by its own size, and so turns rounding errors beside an exact 0 into steps.
        const gradient = gradients.get(name)!
        const places = [...gradient.keys()].filter((i) => Math.abs(gradient[i]) > 1e-5)
        const ours = tensors.get(name)!.data
        const of = (x: ArrayLike<number>) => places.map((i) => x[i])
        expectClose(of(ours), of(after), 2e-6, name)
      }
      await model.dispose()
    })

    it.each(one.upper.map((upper) => [upper.alpha, upper.hessian, upper] as const))(
      'an upper step: alpha %s, hessian %s',
      async (alpha, hessian, expected) => {
        const { hypergradientNorm: norm } = expected
        // So large a step that the change of the perceptron has the norm 1 and shows the whole gradient.
        const { model, config, perceptron } = golds(one, { alpha, hessian, clip: 1e6, upperLearningRate: 1 / norm })
        const step = upperStep(model, perceptron, rowsOf(golden.batches), config, createRng(1))
        fillPerceptron(perceptron, golden.perceptron)
        const out = await step.step(Int32Array.from(golden.batches.dev.target.keys()), createRng(1))
        expect(out.dev).toBeCloseTo(expected.devLoss, 5)
        expect(out.hypergradient / norm).toBeCloseTo(1, 4)
        expect(out.growth * expected.norms[0]).toBeCloseTo(expected.norms.at(-1)!, 5)
        const before = perceptronWeights(golden.perceptron, world.local.length)
        for (const [name, gradient] of perceptronWeights(expected.hypergradient, world.local.length)) {
          const after = perceptron.tensors.get(name)!.data
          const change = before.get(name)!.map((x, i) => x - after[i])
          expectClose(
            change,
            gradient.map((g) => g / norm),
            1e-5,
            name,
          )
        }
        await model.dispose()
      },
    )
  },
)

describe('the step of SGD on the perceptron', () => {
  const [base, upper] = golden.cases.flatMap((one) =>
    one.upper.flatMap((found) => (found.afterOneStep === undefined ? [] : [[one, found] as const])),
  )[0]
  it.each(upper.afterOneStep!.map(({ clip, perceptron }) => [clip, perceptron] as const))(
    'takes the whole gradient, clipped by its norm: clip %s',
    async (clip, expected) => {
      const { model, config, perceptron } = golds(base, { alpha: upper.alpha, hessian: upper.hessian, clip })
      const step = upperStep(model, perceptron, rowsOf(golden.batches), config, createRng(1))
      fillPerceptron(perceptron, golden.perceptron)
      await step.step(Int32Array.from(golden.batches.dev.target.keys()), createRng(1))
      for (const [name, after] of perceptronWeights(expected, world.local.length))
        expectClose(perceptron.tensors.get(name)!.data, after, 2e-7, name)
      await model.dispose()
    },
  )

  it('is seen by these numbers: the two differ', () => {
    const [whole, clipped] = upper.afterOneStep!.map(({ perceptron }) => flat(perceptron.scale)[0])
    expect(Math.abs(whole - clipped)).toBeGreaterThan(1e-5)
  })
})
