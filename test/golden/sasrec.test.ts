import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { elementCount, type NamedTensors, type Tensor } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { type RankingLossName, rankingLoss } from '../../src/families/ranking/index.ts'
import { type SequenceModel, sequenceStep } from '../../src/families/sequence/index.ts'
import type { Rng } from '../../src/math/index.ts'
import { sasrec } from '../../src/models/sequence/sasrec.ts'

type Nested = number | readonly Nested[]
interface Case {
  readonly loss: RankingLossName
  readonly dropout: number
  readonly losses: readonly number[]
  readonly hidden?: Nested
  readonly gradients: Readonly<Record<string, Nested>>
  readonly weightsAfterOneStep: Readonly<Record<string, Nested>>
  readonly weightsAfterThreeSteps: Readonly<Record<string, Nested>>
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'sasrec.json'), 'utf8')) as {
  readonly config: Readonly<
    Record<'hidden' | 'heads' | 'blocks' | 'inner' | 'maxLength' | 'length' | 'batch' | 'items', number>
  > & {
    readonly domainStart: readonly number[]
  }
  readonly inputs: Readonly<Record<'items' | 'targets' | 'negatives', readonly (readonly number[])[]>>
  readonly weights: Readonly<Record<string, Nested>>
  readonly dropoutMasks: Readonly<Record<string, Nested>>
  readonly cases: readonly Case[]
}
const { domainStart, hidden, heads, blocks, inner, maxLength, length, batch: size, items } = golden.config

const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat))
const shapeOf = (x: Nested): number[] => (typeof x === 'number' ? [] : [x.length, ...shapeOf(x[0])])
const ids = (x: Nested) => Int32Array.from(flat(x))
const tensors = (weights: Readonly<Record<string, Nested>>): NamedTensors =>
  new Map(
    Object.entries(weights).map(([name, x]): [string, Tensor] => [
      name,
      { shape: shapeOf(x), data: Float32Array.from(flat(x)) },
    ]),
  )

/** The golden case as a dataset: 29 items in contiguous domains, nobody's log of any interest. */
const item = Array.from({ length: items - 1 }, (_, i) => String(i + 1).padStart(2, '0'))
const domainOf = (id: number) => domainStart.findLastIndex((start) => id >= start)
const dataset = buildDataset('golden', {
  user: item.map(() => 'user'),
  item,
  domain: item.map((_, i) => `domain${domainOf(i + 1)}`),
})
const split = { name: 'none', part: new Uint8Array(dataset.log.length) }

/** A generator whose dropout masks are the golden ones, by the layer's name. */
function goldenMasks(labels: readonly (string | number)[] = []): Rng {
  const unused = () => {
    throw new Error('only dropout draws here')
  }
  return {
    split: (...more) => goldenMasks(more),
    coins: () => Uint8Array.from(flat(golden.dropoutMasks[String(labels.at(-1))])),
    uint32: unused,
    float: unused,
    below: unused,
    normal: unused,
    shuffle: unused,
  }
}

function trainerOf({ loss, dropout }: Case) {
  const config = sasrec.config.parse({ width: hidden, heads, layers: blocks, inner, maxLength, dropout, loss })
  const model = sasrec.create(config, dataset, split, { seed: 1, threads: 1 }) as SequenceModel
  model.load(tensors(golden.weights))
  const catalogue = { domainStart: dataset.domainStart, counts: new Int32Array(items) }
  const { state, run } = sequenceStep(model, config, (states) =>
    rankingLoss(loss, states, model.table, catalogue, config),
  )
  const user = new Int32Array(size)
  const batch = { size, length, user, items: ids(golden.inputs.items), targets: ids(golden.inputs.targets) }
  const step = async () => (await run(batch, ids(golden.inputs.negatives), goldenMasks(), 1)).loss
  return { model, state, step }
}

/** The largest difference from the golden values; key biases have an exact gradient of zero, which Adam magnifies. */
function difference(ours: NamedTensors, theirs: Readonly<Record<string, Nested>>, { keyBiases = true } = {}): number {
  let largest = 0
  expect([...ours.keys()].sort()).toEqual(Object.keys(theirs).sort())
  for (const [name, { shape, data }] of ours) {
    const expected = flat(theirs[name])
    expect(expected.length).toBe(elementCount(shape))
    if (!keyBiases && name.endsWith('/key/bias')) continue
    for (const [i, x] of expected.entries()) largest = Math.max(largest, Math.abs(x - data[i]))
  }
  return largest
}

/** Adam's first mean is (1 − β1) times the gradient. */
function firstGradients(moments: NamedTensors): NamedTensors {
  const gradients = new Map<string, Tensor>()
  for (const [name, { shape, data }] of moments)
    if (name.startsWith('mean/')) gradients.set(name.slice(5), { shape, data: Float32Array.from(data, (m) => m / 0.1) })
  return gradients
}

describe('a SASRec training step equals the same step in PyTorch', () => {
  it('numbers items as the golden case does', () => {
    expect([...dataset.domainStart]).toEqual([...domainStart])
  })

  it.each(golden.cases.map((c) => [`${c.loss}, dropout ${c.dropout}`, c] as const))('%s', async (_name, golden) => {
    const { model, state, step } = trainerOf(golden)
    const losses = [await step()]
    expect(difference(firstGradients(state), golden.gradients)).toBeLessThan(2e-6)
    expect(difference(model.weights(), golden.weightsAfterOneStep, { keyBiases: false })).toBeLessThan(4e-6)
    losses.push(await step(), await step())
    expect(difference(model.weights(), golden.weightsAfterThreeSteps, { keyBiases: false })).toBeLessThan(4e-6)
    for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(golden.losses[i], 5)
    await model.dispose()
  })

  it('scores are the product of the last state and the items', async () => {
    const first = golden.cases[0]
    const { model } = trainerOf(first)
    const states = flat(first.hidden!)
    const table = flat(golden.weights.items)
    const queries = golden.inputs.items.map((history) => ({
      history: Int32Array.from(history.filter((id) => id > 0)),
      domain: 0,
    }))
    const scores = await model.score(queries, { start: 1, end: items })
    for (let b = 0; b < size; b++)
      for (let v = 1; v < items; v++) {
        let expected = 0
        for (let i = 0; i < hidden; i++) expected += states[((b + 1) * length - 1) * hidden + i] * table[v * hidden + i]
        expect(scores[b * (items - 1) + v - 1]).toBeCloseTo(expected, 4)
      }
    await model.dispose()
  })
})
