import { describe, expect, it } from 'vitest'
import type { Checkpoint, Model, Tensor } from '../../../core/index.ts'
import { buildDataset } from '../../../data/index.ts'
import type { RankingLossName } from '../../../families/ranking/index.ts'
import { createRng } from '../../../math/index.ts'
import { transrec } from './index.ts'

const ITEMS = 6
const WIDTH = 3
// Two users, each of whom leaves one item out: the only negative there is for all of that user's targets.
const names = ['abcdeb', 'fcefab']
const leftOut = ['f', 'd']
const dataset = buildDataset('small', {
  user: names.flatMap((items, u) => [...items].map(() => `user${u}`)),
  item: names.flatMap((items) => [...items]),
  domain: names.flatMap((items) => [...items].map(() => 'domain')),
})
const idOf = (name: string) => dataset.items.id(name)!
const visits = names.map((items) => [...items].map(idOf))
const negativeOf = leftOut.map(idOf)
const split = { name: 'none', part: new Uint8Array(dataset.log.length) }

type Weights = Readonly<Record<'items' | 'biases' | 'users' | 'translation', Float64Array>>

/** β_v − ‖γ_i + t + t_u − γ_v‖² as the paper writes it; user −1 is a stranger, item 0 none. */
function plainScore({ items, biases, users, translation }: Weights, user: number, from: number, item: number): number {
  let squares = 0
  for (let k = 0; k < WIDTH; k++) {
    const origin = from === 0 ? 0 : items[from * WIDTH + k]
    const offset = user < 0 ? 0 : users[(user + 1) * WIDTH + k]
    squares += (origin + translation[k] + offset - items[item * WIDTH + k]) ** 2
  }
  return biases[item] - squares
}

function plainLoss(loss: RankingLossName, weights: Weights): number {
  let sum = 0
  let count = 0
  for (const [user, items] of visits.entries())
    for (let i = 0; i + 1 < items.length; i++, count++) {
      const score = (item: number) => plainScore(weights, user, items[i], item)
      const target = score(items[i + 1])
      const negative = score(negativeOf[user])
      if (loss === 'bpr') sum += Math.log1p(Math.exp(negative - target))
      if (loss === 'bce') sum += Math.log1p(Math.exp(-target)) + Math.log1p(Math.exp(negative))
      if (loss === 'softmax') {
        let total = 0
        for (let item = 1; item <= ITEMS; item++) total += Math.exp(score(item))
        sum += Math.log(total) - target
      }
    }
  return sum / count
}

function filled(model: Model): Weights {
  const rng = createRng(5)
  const weights = new Map<string, Tensor>()
  for (const [name, { shape, data }] of model.weights()) {
    const values = Float32Array.from(data, () => 0.2 * rng.normal())
    if (name !== 'translation') values.fill(0, 0, name === 'biases' ? 1 : WIDTH)
    weights.set(name, { shape, data: values })
  }
  model.load(weights)
  return Object.fromEntries(
    [...weights].map(([name, { data }]) => [name, Float64Array.from(data)]),
  ) as unknown as Weights
}

const modelOf = (set: Record<string, unknown> = {}) => {
  const config = transrec.config.parse({
    width: WIDTH,
    weightDecay: 0,
    initialization: 'random',
    batchSize: 64,
    ...set,
  })
  return { config, model: transrec.create(config, dataset, split, { seed: 1, threads: 1 }) }
}

/** Trains one epoch, which is one step of one batch, and returns the checkpoint after it. */
async function afterOneStep({ config, model }: ReturnType<typeof modelOf>): Promise<Checkpoint> {
  const validate = async () => ({ 'ndcg@10': 0 })
  const context = { dataset, split, seed: 1, threads: 1, validate }
  for await (const event of transrec.train(model, { ...config, epochs: 1 }, context))
    if (event.type === 'checkpoint') return event.checkpoint
  throw new Error('there was no checkpoint')
}

describe('transrec', () => {
  it.each([
    ['a known user', 1, [2, 5]],
    ['a stranger', -1, [4]],
    ['a user without a history', 0, []],
    ['a stranger without a history', -1, []],
  ] as const)('scores β_v − ‖γ_i + t + t_u − γ_v‖²: %s', async (_, user, history) => {
    const { model } = modelOf()
    const weights = filled(model)
    const query = { ...(user >= 0 && { user }), history: Int32Array.from(history), domain: 0 }
    const scores = await model.score([query], { start: 1, end: ITEMS + 1 })
    await model.dispose()
    const plain = (item: number) => plainScore(weights, user, history.at(-1) ?? 0, item)
    for (let item = 1; item <= ITEMS; item++) expect(scores[item - 1]).toBeCloseTo(plain(item), 5)
  })

  it.each(['bpr', 'bce', 'softmax'] as const)('has the gradients of the plain %s loss', async (loss) => {
    const made = modelOf({ loss })
    const weights = filled(made.model)
    const { tensors } = await afterOneStep(made)
    await made.model.dispose()
    let largest = 0
    for (const [name, values] of Object.entries(weights)) {
      // Adam's first mean is (1 − β1) times the gradient.
      const mean = tensors.get(`moments/mean/${name}`)!.data
      const first = name === 'translation' ? 0 : name === 'biases' ? 1 : WIDTH // no gradient at PAD
      for (let i = first; i < values.length; i++) {
        const at = (delta: number) => {
          const moved = Float64Array.from(values)
          moved[i] += delta
          return plainLoss(loss, { ...weights, [name]: moved })
        }
        const gradient = (at(1e-5) - at(-1e-5)) / 2e-5
        largest = Math.max(largest, Math.abs(gradient))
        expect(mean[i] / 0.1, `${name}[${i}]`).toBeCloseTo(gradient, 5)
      }
    }
    expect(largest).toBeGreaterThan(0.1)
  })

  it.each(['lazy', 'dense'] as const)('keeps item vectors in the unit ball: %s', async (kind) => {
    const made = modelOf({ learningRate: 1, adam: kind })
    await afterOneStep(made)
    const items = made.model.weights().get('items')!.data
    await made.model.dispose()
    const lengths = Array.from({ length: ITEMS }, (_, i) =>
      Math.hypot(...items.subarray((i + 1) * WIDTH, (i + 2) * WIDTH)),
    )
    // Steps of length √3 leave the ball, so that some must have been brought back to its rim.
    expect(Math.max(...lengths)).toBeCloseTo(1, 5)
    for (const length of lengths) expect(length).toBeLessThan(1 + 1e-6)
  })

  it('starts on the unit sphere, without translations or biases', async () => {
    const { model } = modelOf()
    const weights = model.weights()
    await model.dispose()
    const items = weights.get('items')!.data
    for (let item = 1; item <= ITEMS; item++)
      expect(Math.hypot(...items.subarray(item * WIDTH, (item + 1) * WIDTH))).toBeCloseTo(1, 5)
    for (const name of ['biases', 'users', 'translation'])
      expect(weights.get(name)!.data.every((x) => x === 0)).toBe(true)
  })
})
