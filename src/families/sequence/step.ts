import { TributaryError } from '../../core/index.ts'
import type { SequenceBatch } from '../../data/index.ts'
import { adam, type Feeds, gradientStep, type Optimizer } from '../../nn/index.ts'
import { input, reshape, type Sym } from '../../tensor/index.ts'
import type { RankingLoss, RankingStep } from '../ranking/index.ts'
import type { SequenceModel } from './define.ts'
import { anyLength, feedsOf, historyInputs } from './encoder.ts'
import type { SequenceConfig } from './options.ts'

/** The most logits that one run may hold; a larger batch is run in parts, whose gradients are added. */
const MAX_LOGITS = 32_000_000
/** The most logits that a step may hold which cannot be run in parts: 512 MB. */
const MAX_LOGITS_WHOLE = 128_000_000

/** The share of its batch that a run holds: what the loss adds that no target has is to be multiplied by it. */
export const shareOfBatch = input('share', [])

/**
 * The step that lowers a ranking loss of an encoder's states [N, d]: those of the last Q positions of every history, against the targets
 * that stand there.
 */
export function sequenceStep(
  model: SequenceModel,
  config: Pick<SequenceConfig, 'dropout' | 'adam' | 'learningRate' | 'weightDecay'>,
  lossOf: (states: Sym) => RankingLoss,
  optimizer: Optimizer = adam(config),
): RankingStep {
  const { encoder, parameters, table, programs } = model
  const stepAt = (encoder.graphs ?? anyLength)((T) => {
    const { read, ...inputs } = historyInputs(table, T, config.dropout)
    const states = encoder.encode(inputs) // [B, Q, d]
    const ranking = lossOf(reshape(states, [-1, table.width]))
    const update = gradientStep({
      loss: ranking.loss,
      parameters,
      reads: [read, ...ranking.reads],
      optimizer,
      dense: config.adam === 'dense',
      programs,
    })
    return { Q: states.shape[1], dropout: inputs.dropout, ranking, update }
  })

  return {
    state: stepAt(1).update.state,
    async run(batch, negatives, rng) {
      const { length, targets } = batch
      const { Q, dropout, ranking, update } = stepAt(length)
      const asked = typeof Q === 'number' ? Q : length
      const total = targets.reduce((count, target) => count + (target === 0 ? 0 : 1), 0)
      const rowsAtOnce = Math.max(1, Math.floor(MAX_LOGITS / (asked * ranking.logitsPerTarget)))
      const partFrom = (start: number): Feeds => {
        const size = Math.min(rowsAtOnce, batch.size - start)
        const part = (ids: Int32Array) => ids.subarray(start * length, (start + size) * length)
        const own = rng.split('part', start)
        const answers = {
          items: lastOfEach(part(targets), length, asked),
          negatives: negatives && lastOfEach(part(negatives), length, asked),
          total,
        }
        return {
          ...feedsOf(encoder, { size, length, items: part(batch.items), targets: part(targets) }),
          ...dropout.masks(own.split('dropout'), { B: size, T: length }),
          ...ranking.feeds(answers, own.split('loss')),
          share: { shape: [], data: Float32Array.of(size / batch.size) },
        }
      }
      function* parts() {
        for (let start = 0; start < batch.size; start += rowsAtOnce) yield partFrom(start)
      }
      const { loss } = await update.run(parts())
      return { loss }
    },
  }
}

/** The last Q of every T entries. */
function lastOfEach(entries: Int32Array, T: number, Q: number): Int32Array {
  return Q === T ? entries : entries.filter((_, i) => i % T >= T - Q)
}

/** @throws TributaryError `bad-config` for a step that would not fit into memory */
export function refuseLargeStep({ size }: Pick<SequenceBatch, 'size'>, logits: number): void {
  if (logits > MAX_LOGITS_WHOLE)
    throw new TributaryError(
      'bad-config',
      `a step of ${size} sequences would hold ${logits} logits; set loss=sampled-softmax, or a smaller batchSize`,
    )
}
