import { expect, it } from 'vitest'
import { ratedWorld } from '../../contract/index.ts'
import { parseConfig } from '../../core/index.ts'
import { lr } from '../../models/index.ts'
import { startTraining } from '../../runs/in-memory.ts'

it('keeps the weights of the best epoch by the metric asked for, the smallest where less is better', async () => {
  const best: number[] = []
  for (const metric of ['auc', 'logloss']) {
    // So fast that all pairs are soon in order while log loss still falls.
    const { config } = parseConfig(lr, { metric, epochs: 6, patience: 0, learningRate: 0.3 })
    const world = ratedWorld({ users: 40, follows: 'quality' })
    const { model, events } = startTraining({ ...world, spec: lr, config, seed: 1, threads: 1 })
    const found: number[] = []
    for await (const event of events) {
      if (event.type === 'epoch') found.push(event.validation![metric])
      if (event.type === 'done') best.push(event.bestEpoch)
    }
    await model.dispose()
    const wanted = metric === 'logloss' ? Math.min(...found) : Math.max(...found)
    expect(best.at(-1)! - 1).toBe(found.indexOf(wanted))
  }
  expect(best[0]).not.toBe(best[1])
  expect(() => parseConfig(lr, { metric: 'rmse' })).toThrow(/metric/)
})
