// SyNCRec's training step on full windows of random items: B 128, T 50, cross-entropy over the target's domain, Adam.
// bench/syncrec/step.ts times one such step, bench/syncrec/scaling.ts many of different sizes.

import { buildDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { syncrec } from '../../src/models/sequence/syncrec/index.ts'
import { createTrainer, type SynCRec } from '../../src/models/sequence/syncrec/train.ts'

const [BATCH, LENGTH] = [128, 50]
/** What the PyTorch programs have, whatever the model's defaults become. */
export const FIXED = {
  layers: 2,
  heads: 1,
  expansion: 4,
  ablation: 'none',
  eta: 0.9,
  rho: 'bilinear',
  weighing: 'means',
  start: false,
  window: 'mixed',
  loss: 'softmax',
  learningRate: 0.001,
} as const

export interface StepSize {
  /** r. */
  readonly width: number
  /** D. */
  readonly domains: number
  /** Of all domains together, as many in each. */
  readonly items: number
  /** K. */
  readonly experts: number
  /** j. */
  readonly crossExperts: number
  readonly dropout: number
  readonly threads: number
}

/** A step whose every call makes one update on a new batch and resolves to its milliseconds. */
export async function createStep({ domains, items, threads, ...options }: StepSize) {
  const perDomain = Math.floor(items / domains)
  const item = Array.from({ length: perDomain * domains }, (_, i) => `item${i}`)
  const domain = item.map((_, i) => `domain${String(Math.floor(i / perDomain)).padStart(2, '0')}`)
  const dataset = buildDataset('bench', { user: item.map(() => 'user'), item, domain })
  const split = { name: 'none', part: new Uint8Array(item.length) }
  const config = syncrec.config.parse({ ...options, ...FIXED, maxLength: LENGTH })
  const model = (await syncrec.create(config, dataset, split, { seed: 1, threads })) as SynCRec
  const trainer = createTrainer(model, config, { dataset, split })
  const rng = createRng(0)
  let step = 0
  return {
    async run(): Promise<number> {
      const inputs = new Int32Array(BATCH * LENGTH)
      const targets = new Int32Array(BATCH * LENGTH)
      for (let b = 0; b < BATCH; b++) {
        const sequence = Int32Array.from({ length: LENGTH + 1 }, () => 1 + rng.below(item.length))
        inputs.set(sequence.subarray(0, LENGTH), b * LENGTH)
        targets.set(sequence.subarray(1), b * LENGTH)
      }
      const batch = { size: BATCH, length: LENGTH, user: new Int32Array(BATCH), items: inputs, targets }
      const started = performance.now()
      await trainer.step(batch, undefined, rng.split('step', step++))
      return performance.now() - started
    },
    dispose: () => model.dispose(),
  }
}
