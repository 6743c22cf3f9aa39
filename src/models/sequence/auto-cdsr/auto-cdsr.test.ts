import { expect, it } from 'vitest'
import { twoDomainCopyWorld } from '../../../contract/index.ts'
import { sequenceBatches, trainingSequences } from '../../../data/index.ts'
import { createRng } from '../../../math/index.ts'
import { autoCdsr, createTrainer } from './index.ts'

const { dataset, split } = twoDomainCopyWorld({ users: 24 })
const sizes = { width: 8, inner: 8, heads: 1, layers: 2, dropout: 0, maxLength: 6, learningRate: 0.02 }
type Model = Parameters<typeof createTrainer>[0]

it('attends across domains the less the more that counts, and the terms add up', async () => {
  const [batch] = sequenceBatches(trainingSequences(dataset, split), {
    maxLength: 6,
    batchSize: 24,
    bucket: true,
    rng: createRng(1),
  })
  const acrossAfter = async (set: Record<string, unknown>) => {
    const config = autoCdsr.config.parse({ ...sizes, ...set })
    const model = autoCdsr.create(config, dataset, split, { seed: 1, threads: 1 }) as Model
    const { run } = createTrainer(model, config, { dataset, split })
    let terms: Readonly<Record<string, number>> = {}
    for (let step = 0; step < 40; step++) {
      terms = await run(batch, undefined, createRng(step), step)
      expect(terms.loss).toBeCloseTo(terms.ranking + terms.weighted, 5)
      expect(terms.across).toBeGreaterThanOrEqual(0)
      expect(terms.across).toBeLessThanOrEqual(1)
    }
    await model.dispose()
    return terms.across
  }
  const free = await acrossAfter({ balance: 'fixed', attentionWeight: 0 })
  const pareto = await acrossAfter({ balance: 'gradient' })
  const never = await acrossAfter({ balance: 'fixed', attentionWeight: 100 })
  expect(free).toBeGreaterThan(0.2)
  expect(pareto).toBeLessThan(free)
  expect(never).toBeLessThan(0.05)
})
