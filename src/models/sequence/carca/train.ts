import { type TrainContext, TributaryError } from '../../../core/index.ts'
import { sequenceBatches } from '../../../data/index.ts'
import { fitLoss, lossCatalogue, type RankingStep } from '../../../families/ranking/index.ts'
import { attributeFeeds, feedsOf, historyInputs, trainOnSequences } from '../../../families/sequence/index.ts'
import { adam, gatheredRows, gradientStep, paddedCausalMask, type TableRead } from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { input, type Sym } from '../../../tensor/index.ts'
import { fitsOfAll } from './fit.ts'
import type { Config } from './index.ts'
import { type Carca, candidatesOf, fits, profileOf, recency } from './network.ts'

/** Numbers in an array of one run, at most: [sequences, T, candidates]; a larger batch is run in parts. */
const MOST = 8_000_000

/** The losses of the other models, over scores that are no products. */
export function createStep(
  model: Carca,
  config: Config,
  context: Pick<TrainContext, 'dataset' | 'split'>,
): RankingStep {
  const { table, parameters, programs, encoder, fields, joint } = model
  const catalogue = lossCatalogue(context, config.negatives)
  const { read, ...inputs } = historyInputs(table, 'T', config.dropout)
  const states = encoder.encode(inputs)
  const causal = input('causal', ['T', 'T'])
  const mask = paddedCausalMask(inputs.keep, causal)
  const reads: TableRead[] = [read]
  const rowsOf = (ids: string, shape: readonly string[]) => {
    const rows = t.gather(table.symbol, input(ids, shape, 'int32'))
    reads.push(gatheredRows(table, rows, ids))
    return joint(rows, ids)
  }
  const fitOf = (ids: string) => fits(config, parameters, states, rowsOf(ids, ['B', 'T']), mask) // [B, T]
  const every = (): Sym => {
    const candidates = candidatesOf(config, parameters, rowsOf('candidates', ['C']))
    const weights = t.multiply(t.exp(recency(config, parameters, 'cross', 'T')), t.equal(causal, 0)) // [heads, T, T]
    return fitsOfAll(profileOf(config, parameters, states), candidates, inputs.keep, config.heads, (x, head) =>
      t.matmul(t.reshape(t.slice(weights, 0, head, head + 1), ['T', 'T']), x),
    ) // [B, T, C]
  }
  const objective = fitLoss(config.loss, ['B', 'T'], { one: fitOf, every }, catalogue, config)
  const update = gradientStep({
    loss: objective.loss,
    parameters,
    reads,
    optimizer: adam(config),
    dense: config.adam === 'dense',
    programs,
  })

  return {
    state: update.state,
    async run(batch, negatives, rng) {
      const { length, targets } = batch
      const total = targets.reduce((sum, target) => sum + (target === 0 ? 0 : 1), 0)
      const candidates = objective.draw(rng.split('loss'))
      const compared = candidates?.length ?? 1
      if (candidates !== undefined && length * compared > 4 * MOST) throw tooLarge(length, compared)
      const rowsAtOnce = Math.max(1, Math.floor(MOST / (length * compared)))
      const known = (name: string, ids: Int32Array | undefined, shape: readonly number[]) =>
        ids === undefined ? {} : attributeFeeds(fields, name, ids, shape)
      const shared = known('candidates', candidates, [compared])
      function* parts() {
        for (let start = 0; start < batch.size; start += rowsAtOnce) {
          const size = Math.min(rowsAtOnce, batch.size - start)
          const shape = [size, length]
          const part = (ids: Int32Array) => ids.subarray(start * length, (start + size) * length)
          const [items, positives, others] = [part(batch.items), part(targets), negatives && part(negatives)]
          yield {
            ...feedsOf(encoder, { size, length, items, targets: positives }),
            ...inputs.dropout.masks(rng.split('part', start).split('dropout'), { B: size, T: length }),
            ...objective.feeds({ items: positives, negatives: others, total }, candidates, shape),
            ...known('positives', positives, shape),
            ...known('negatives', others, shape),
            ...shared,
          }
        }
      }
      return { loss: (await update.run(parts())).loss }
    },
  }
}

function tooLarge(length: number, candidates: number): TributaryError {
  return new TributaryError(
    'bad-config',
    `a history of ${length} items against ${candidates} candidates would not fit into memory; set loss=sampled-softmax, or fewer samples`,
  )
}

export function trainCarca(model: Carca, config: Config, context: TrainContext) {
  return trainOnSequences(model, config, context, sequenceBatches, createStep(model, config, context))
}
