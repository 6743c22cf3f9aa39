// CoNet and BIAO on a random log of the size of ciao's Books → DVDs: 2,400 users, 24,000 items in 28 categories, 29,700 target and
// 18,600 source rows, batch 64, dev batch 256, histories of 50, K 3. bench/biao/step.ts times steps, bench/biao/cost.ts epochs.

import type { TrainContext, TrainEvent } from '../../src/core/index.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { biao } from '../../src/models/two-sided/biao/index.ts'
import { conet } from '../../src/models/two-sided/conet.ts'

const [USERS, CATEGORIES] = [2_400, 28]
const SIDES = [
  { domain: 'target', items: 11_400, rows: 29_700 },
  { domain: 'source', items: 12_600, rows: 18_600 },
] as const

function randomLog() {
  const rng = createRng(1).split('log')
  const rows = SIDES.flatMap(({ domain, items, rows }) =>
    Array.from({ length: rows }, (_, i) => {
      // Every item and every user are there.
      const item = i < items ? i : rng.below(items)
      return { domain, item, user: i < 3 * USERS ? i % USERS : rng.below(USERS), time: rng.below(1_000_000) }
    }),
  )
  return buildDataset('bench', {
    user: rows.map(({ user }) => `user${user}`),
    item: rows.map(({ domain, item }) => `${domain}${item}`),
    domain: rows.map(({ domain }) => domain),
    category: rows.map(({ item }) => `category${item % CATEGORIES}`),
    timestamp: rows.map(({ time }) => time),
    value: rows.map(() => (rng.float() < 0.8 ? 5 : 1)),
  })
}

export interface TrainingOptions {
  /** Lower steps from one upper step to the next; absent is CoNet alone. */
  readonly interval?: number
  readonly adam: 'dense' | 'lazy'
  readonly threads: number
}

/** A training that is asked for its events; validation takes no time. */
export function startTraining({ interval, adam, threads }: TrainingOptions): AsyncGenerator<TrainEvent> {
  const dataset = randomLog()
  const split = splitDataset(dataset, 'cross-domain:source:target')
  const context: TrainContext = {
    dataset,
    split,
    seed: 1,
    threads,
    validate: async () => ({ auc: 0.5, logloss: 0.7 }),
    checkpointSeconds: Number.POSITIVE_INFINITY,
  }
  const options = { adam, batchSize: 64, learningRate: 0.001, weightDecay: 0, epochs: 1_000_000, patience: 0 }
  if (interval === undefined) {
    const config = conet.config.parse(options)
    return conet.train(conet.create(config, dataset, split, context), config, context)
  }
  const wrapper = biao([conet])
  const upper = { interval, recent: 50, terms: 3, alpha: 0.1, devBatchSize: 256, upperOptimizer: 'sgd' }
  const config = wrapper.config.parse({ ...options, ...upper })
  return wrapper.train(wrapper.create(config, dataset, split, context), config, context)
}
