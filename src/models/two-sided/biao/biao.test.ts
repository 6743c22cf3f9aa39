import { describe, expect, it } from 'vitest'
import { ratedWorld } from '../../../contract/rated-worlds.ts'
import { type Checkpoint, parseConfig, type TrainEvent } from '../../../core/index.ts'
import { drawPartner } from '../../../families/two-sided/index.ts'
import { createRng, mean } from '../../../math/index.ts'
import { grad, is, runWith, sum } from '../../../tensor/index.ts'
import { conet } from '../conet.ts'
import { dasl } from '../dasl.ts'
import { minet } from '../minet.ts'
import { biao } from './index.ts'
import { behaviorWeights, importance, SCALE } from './perceptron.ts'
import { upperStep } from './upper.ts'

const bases = [conet, minet, dasl]
const spec = biao(bases)
const { dataset, split } = ratedWorld({ users: 30 })
const made = (set: Readonly<Record<string, unknown>> = {}) => {
  const { config } = parseConfig(spec, { recent: 4, ...set })
  return { config, model: spec.create(config, dataset, split, { seed: 1, threads: 1 }) }
}

/** Weights of a batch of target rows. The lower weights are not differentiated through them. */
async function weigh(set: Readonly<Record<string, unknown>>, rows: Int32Array) {
  const { config, model } = made(set)
  const graph = model.graph()
  const weights = behaviorWeights(model.perceptron, importance(model.perceptron, graph, config), graph.real)
  const { tables, parameters, rows: rowsOf } = model.shared
  const theta = [
    ...[...tables].map(([name, { entity, width }]) => rowsOf(entity, width, name).read),
    ...parameters.symbols.values(),
  ]
  const byTheta = grad(sum(weights), theta)
  // A gradient that nothing reaches is a constant 0, which needs no run.
  for (const gradient of byTheta) expect(is(gradient, 'expand') && is(gradient.inputs[0], 'constant')).toBe(true)
  const program = await model.programs.compile({ weights })
  const rng = createRng(2)
  const source = rows.map((row) => drawPartner(model.sides, row, false, rng))
  const feeds = model.feeds((ids) => ({
    ...graph.feeds(model.batch(rows, source), ids, rng),
    ...Object.fromEntries(model.perceptron.tensors),
  }))
  const out = await runWith(program, feeds)
  await model.dispose()
  return { weights: [...out.weights.data], source }
}

describe('the weights of a batch', () => {
  it.each(['both', 'user', 'global'] as const)(
    'sum to γ, which starts at 1, over the behaviors there are: %s',
    async (importance) => {
      const { model } = made()
      const { weights, source } = await weigh({ importance }, model.sides.rows.target)
      expect(source).toContain(-1) // some users have none
      expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
      for (const [i, weight] of weights.entries()) expect(weight > 0).toBe(source[i] !== -1)
      expect(Math.max(...weights)).toBeGreaterThan(Math.min(...weights.filter((weight) => weight > 0)))
      await model.dispose()
    },
  )

  it('are all 0, and no NaN, where no user of the batch has a source behavior', async () => {
    const { model } = made()
    const { sides } = model
    const late = sides.rows.target.filter((row) => sides.sourceRowsOf(dataset.log.user[row]).length === 0)
    const { weights } = await weigh({}, late)
    expect(weights).toEqual(Array.from(late, () => 0))
    await model.dispose()
  })
})

describe('the base', () => {
  it('takes options of its own through the wrapper', () => {
    const { model } = made({ base: 'minet', targetHistory: 3 })
    expect(model.weights().has('perceptron/scale')).toBe(true)
    expect(() => made({ base: 'conet', targetHistory: 3 })).toThrow(
      /biao: the base conet has no option 'targetHistory'; its options are width, hidden/,
    )
    expect(() => made({ base: 'minet', hidden: 0 })).toThrow(/hidden/)
  })

  it('gives the same scores as it would alone, before training', async () => {
    const { model } = made({ base: 'conet' })
    const { config } = parseConfig(conet, {})
    const alone = conet.create(config, dataset, split, { seed: 1, threads: 1 })
    const query = {
      user: 3,
      history: dataset.log.item.slice(0, 4),
      domain: model.sides.dataset.domains.indexOf('target'),
    }
    const range = { start: 1, end: dataset.items.size }
    expect(await model.score([query], range)).toEqual(await alone.score([query], range))
    await Promise.all([model.dispose(), alone.dispose()])
  })
})

describe('the spare head', () => {
  it('is fitted to dev rows before an upper step, whose loss goes through it; the head of the model stays', async () => {
    const { config, model } = made({ spareHead: 20, learningRate: 0.03 })
    const { config: own } = parseConfig(conet, {})
    const rows = { lowerRows: model.sides.rows.target, devRows: model.sides.rows.target }
    const steps = (spareHead: number) =>
      upperStep(model.baseModel, model.perceptron, rows, { ...own, ...config, spareHead }, createRng(1))
    const head = () => [...(model.weights().get('target/weight')!.data as Float32Array)]
    const before = head()
    const upper = steps(20)
    const first = await upper.step(rows.devRows, createRng(2))
    const second = await upper.step(rows.devRows, createRng(3))
    expect(second.dev).toBeLessThan(first.dev)
    expect(first.hypergradient).toBeGreaterThan(0)
    expect(head()).toEqual(before)
    const of = (names: Iterable<string>) => [...names].filter((name) => /spare|refit/.test(name)).sort()
    expect(of(upper.state.keys())).toContain('spare/target/weight')
    expect([...(upper.state.get('spare/target/weight')!.data as Float32Array)]).not.toEqual(before)
    expect(of(steps(0).state.keys())).toEqual([])
    await model.dispose()
  })
})

it('a training with a spare head goes on from a checkpoint to the same bits', async () => {
  const { config } = made()
  const set = { ...config, spareHead: 3, interval: 3, epochs: 2, recent: 4 }
  const context = { dataset, split, seed: 1, threads: 1, validate: async () => ({ auc: 0.5 }), checkpointSeconds: 0 }
  const run = async (epochs: number, resume?: Checkpoint) => {
    const { model } = made()
    let last: Checkpoint | undefined
    for await (const event of spec.train(model, { ...set, epochs }, { ...context, ...(resume && { resume }) }))
      if (event.type === 'checkpoint') last = structuredClone(event.checkpoint)
    await model.dispose()
    return last!
  }
  const whole = await run(2)
  const resumed = await run(2, await run(1))
  expect([...resumed.tensors.keys()]).toContain('moments/spare/target/weight')
  for (const [name, { data }] of whole.tensors) expect(resumed.tensors.get(name)!.data, name).toEqual(data)
})

describe('how unequal weights are', () => {
  const trained = async (set: Readonly<Record<string, unknown>>) => {
    const { config, model } = made({ epochs: 1, interval: 2, ...set })
    const events: TrainEvent[] = []
    const validate = async () => ({ auc: 0.5 })
    for await (const event of spec.train(model, config, { dataset, split, seed: 1, threads: 1, validate }))
      events.push(event)
    await model.dispose()
    const epoch = events.find(({ type }) => type === 'epoch') as Extract<TrainEvent, { type: 'epoch' }>
    return { losses: epoch.losses, done: events.at(-1) as Extract<TrainEvent, { type: 'done' }> }
  }

  it('is told of each epoch, and the run is doubted where they are as good as even', async () => {
    const { losses, done } = await trained({ start: 'glorot', upperLearningRate: 1e-6 })
    expect(losses['weights/sd']).toBeLessThan(0.1)
    expect(losses['weights/effective']).toBeGreaterThan(0.99)
    expect(losses['weights/5%']).toBeLessThan(losses['weights/95%'])
    expect(done.cautions).toEqual([
      expect.stringMatching(/^BIAO was not at work: .* deviation of 0\.\d+ .* so this is conet trained on all of them/),
    ])
  })

  it('is no matter of doubt where they differ', async () => {
    const { losses, done } = await trained({ tableDeviation: 1, upperLearningRate: 0.1 })
    expect(losses['weights/sd']).toBeGreaterThan(0.1)
    expect(losses['weights/effective']).toBeLessThan(0.99)
    expect(done.cautions).toBeUndefined()
  })
})

describe('trust', () => {
  it('is relative to the average source behavior', async () => {
    const { model } = made()
    const { of, signals, scale } = await model.can!.trust!()
    const [{ name, keys, values, neutral }] = signals
    expect([of, name, neutral, signals.length]).toEqual(['behavior', 'weight', 1, 1])
    expect(keys.row).toEqual(model.sides.rows.source)
    expect(mean(values)).toBeCloseTo(1, 5)
    expect(new Set(values).size).toBeGreaterThan(1)
    expect(scale).toBeCloseTo(1, 6)
    model.perceptron.tensors.get(SCALE)!.data[0] = -50
    expect((await model.can!.trust!()).scale).toBeCloseTo(0, 6)
    await model.dispose()
  })
})
