import { describe, expect, it } from 'vitest'
import { ratedWorld } from '../../../contract/rated-worlds.ts'
import { parseConfig } from '../../../core/index.ts'
import { drawPartner } from '../../../families/two-sided/index.ts'
import { createRng, mean } from '../../../math/index.ts'
import { grad, is, runWith, sum } from '../../../tensor/index.ts'
import { conet } from '../conet.ts'
import { dasl } from '../dasl.ts'
import { minet } from '../minet.ts'
import { biao } from './index.ts'
import { behaviorWeights, importance, SCALE } from './perceptron.ts'

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
