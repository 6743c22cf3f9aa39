import { afterAll, describe, expect, it } from 'vitest'
import { cycleWorld } from '../../src/contract/worlds.ts'
import { type Model, parseConfig } from '../../src/core/index.ts'
import { lossCatalogue, rankingLoss } from '../../src/families/ranking/index.ts'
import { historyInputs, type SequenceModel, sequenceStep } from '../../src/families/sequence/index.ts'
import { createRng } from '../../src/math/index.ts'
import { MODELS } from '../../src/registry.ts'

const { dataset, split } = cycleWorld()
const context = { seed: 1, threads: 1 }
const small = { width: 8, inner: 8, hidden: 8, dropout: 0, maxLength: 7, sequences: 'mixed' }

/** Whether it has a state at every position that answers what comes after it. */
const trainsEveryPosition = (model: Model): model is SequenceModel => {
  if (!('encoder' in model)) return false
  const { encoder, table } = model as SequenceModel
  return encoder.question === undefined && encoder.encode(historyInputs(table, 7, 0)).shape[1] === 7
}
const models = MODELS.flatMap((spec) => {
  // The gates of syncrec see a window as a whole, as the paper has them.
  if (!('sequences' in spec.config.shape) || spec.name === 'syncrec') return []
  const known = Object.entries(small).filter(([option]) => option in spec.config.shape)
  const model = spec.create(parseConfig(spec, Object.fromEntries(known)).config, dataset, split, context)
  return trainsEveryPosition(model) ? [[spec.name, model] as const] : []
})
afterAll(() => Promise.all(models.map(([, model]) => model.dispose())))

it('finds the models that train at every position', () => {
  expect(models.map(([name]) => name)).toEqual(expect.arrayContaining(['gru4rec', 'sasrec']))
})

describe.each(models)('%s trains at each position on the history up to there', (_, model) => {
  // Then the same history elsewhere in the window is another one.
  const hasPositions = [...model.weights().keys()].some((name) => name.endsWith('positions'))
  // Larger weights, so that a wrong state shows in the loss.
  const rng = createRng(3)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = data[i] + 0.2 * rng.normal()
  const catalogue = lossCatalogue({ dataset, split }, 'domain')
  const { run } = sequenceStep(model, { dropout: 0, adam: 'dense', learningRate: 1e-12, weightDecay: 0 }, (states) =>
    rankingLoss('softmax', states, model.table, catalogue, { samples: 1 }),
  )
  /** The loss over one window with its targets; the step itself is too small to matter. */
  const lossOf = async (items: readonly number[], targets: readonly number[]) => {
    const ids = { items: Int32Array.from(items), targets: Int32Array.from(targets) }
    const batch = { size: 1, length: items.length, user: new Int32Array(1), ...ids }
    return (await run(batch, undefined, createRng(1), 1)).loss
  }
  const history = [4, 9, 1, 9, 16, 2, 7]
  const targets = [9, 1, 9, 16, 2, 7, 11]
  const only = (t: number, place = t) => targets.map((_, i) => (i === place ? targets[t] : 0))
  const differs = (a: number, b: number) => Math.abs(a - b) / (1 + Math.abs(b))

  it('and sees nothing after it', async () => {
    const each: number[] = []
    for (const t of targets.keys()) {
      each.push(await lossOf(history, only(t)))
      const otherwise = history.map((item, i) => (i > t ? 17 - item : item))
      expect(differs(await lossOf(otherwise, only(t)), each[t]), `position ${t}`).toBeLessThan(1e-5)
    }
    expect(new Set(each.map((loss) => loss.toFixed(4))).size).toBe(targets.length)
    const mean = each.reduce((sum, loss) => sum + loss, 0) / each.length
    expect(differs(await lossOf(history, targets), mean)).toBeLessThan(1e-5)
  })

  it(`and learns there what it would from that history alone, ${hasPositions ? 'but for its positions' : 'behind padding'}`, async () => {
    let largest = 0
    for (const t of targets.keys()) {
      const alone = history.map((_, i) => history[i - (history.length - 1 - t)] ?? 0)
      const difference = differs(await lossOf(alone, only(t, history.length - 1)), await lossOf(history, only(t)))
      largest = Math.max(largest, difference)
    }
    if (hasPositions) expect(largest).toBeGreaterThan(1e-3)
    else expect(largest).toBeLessThan(1e-5)
  })
})
