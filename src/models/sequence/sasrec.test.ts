import { describe, expect, it } from 'vitest'
import { buildDataset } from '../../data/index.ts'
import { lossCatalogue, rankingLoss } from '../../families/ranking/index.ts'
import { type SequenceModel, sequenceStep } from '../../families/sequence/index.ts'
import { createRng } from '../../math/index.ts'
import { adam } from '../../nn/index.ts'
import { sasrec } from './sasrec.ts'

const names = Array.from({ length: 24 }, (_, i) => `item${String(i).padStart(2, '0')}`)
const dataset = buildDataset('small', {
  user: names.map(() => 'user'),
  item: names,
  domain: names.map((_, i) => (i % 2 === 0 ? 'even' : 'odd')),
})
const split = { name: 'none', part: new Uint8Array(dataset.log.length) }

async function afterTwoSteps(loss: 'softmax' | 'bpr', logitsPerTarget: number): Promise<Float32Array[]> {
  const config = sasrec.config.parse({ width: 8, inner: 8, maxLength: 6, dropout: 0, loss })
  const model = sasrec.create(config, dataset, split, { seed: 1, threads: 1 }) as SequenceModel
  const catalogue = lossCatalogue({ dataset, split }, 'domain')
  const { run } = sequenceStep(
    model,
    config,
    (states) => ({ ...rankingLoss(loss, states, model.table, catalogue, config), logitsPerTarget }),
    // Steps of plain gradient size, so that a difference of gradients is one of weights.
    adam({ learningRate: 0.01, beta1: 0, beta2: 0.5, epsilon: 1 }),
  )
  const rng = createRng(3)
  const ids = () => Int32Array.from({ length: 5 * 6 }, (_, i) => (i % 6 < i / 6 ? 0 : 1 + rng.below(24)))
  for (let step = 0; step < 2; step++) {
    const batch = { size: 5, length: 6, user: new Int32Array(5), items: ids(), targets: ids() }
    await run(batch, ids(), rng.split('step', step), step)
  }
  const weights = [...model.weights().values()].map(({ data }) => Float32Array.from(data))
  await model.dispose()
  return weights
}

describe('a batch that is too large for one run', () => {
  it.each(['softmax', 'bpr'] as const)('is split into sequences and gives the same step: %s', async (loss) => {
    // So many logits a target that every sequence is a part of its own; and few, so that the batch is whole.
    const [whole, parts] = [await afterTwoSteps(loss, 2), await afterTwoSteps(loss, 1e9)]
    let largest = 0
    for (const [i, weights] of whole.entries())
      for (const [j, w] of weights.entries()) largest = Math.max(largest, Math.abs(w - parts[i][j]))
    expect(largest).toBeLessThan(1e-6)
    expect(whole.some((weights) => weights.some((w) => w !== 0))).toBe(true)
  })
})
