import type { TrainContext, TrainEvent } from '../../core/index.ts'
import { adam, gatheredRows, gradientStep, type TableRead } from '../../nn/index.ts'
import { gather, input, reshape, type Sym } from '../../tensor/index.ts'
import { fitLoss, lossCatalogue } from '../ranking/index.ts'
import { trainingInteractions } from './batches.ts'
import type { DomainFactorModel } from './define-by-domain.ts'
import type { FactorConfig } from './options.ts'
import { learningUsers } from './parts.ts'
import { trainOnPairs } from './train.ts'

/** Numbers in an array of one run, at most: [users, candidates, d]; a larger batch is run in parts. */
const MOST = 8_000_000

/**
 * Epochs over the training interactions, each of which is scored by `match` against what the loss compares it with.
 * @param name labels the random streams
 */
export function trainOnMatches(
  name: string,
  model: DomainFactorModel,
  config: FactorConfig,
  context: TrainContext,
): AsyncGenerator<TrainEvent> {
  const { items, parameters, programs, parts } = model
  const { users, reads: ofUsers, feeds } = learningUsers(model, parts)
  const reads: TableRead[] = [...ofUsers]
  const rowsOf = (ids: string, count: 'N' | 'C'): Sym => {
    const rows = gather(items.symbol, input(ids, [count], 'int32')) // [N, d] or [C, d]
    reads.push(gatheredRows(items, rows, ids))
    return rows
  }
  const objective = fitLoss(
    config.loss,
    ['N'],
    {
      one: (ids) => reshape(model.match(users, reshape(rowsOf(ids, 'N'), ['N', 1, items.width])), ['N']),
      every: () => model.match(users, rowsOf('candidates', 'C')), // [N, C]
    },
    lossCatalogue(context, config.negatives),
    config,
  )
  const update = gradientStep({
    loss: objective.loss,
    parameters,
    reads,
    optimizer: adam(config),
    dense: config.adam === 'dense',
    programs,
  })
  return trainOnPairs(name, model, config, context, trainingInteractions(context), {
    state: update.state,
    async run({ size, user, targets }, negatives, rng) {
      const candidates = objective.draw(rng.split('loss'))
      const atOnce = Math.max(1, Math.floor(MOST / ((candidates?.length ?? 1) * items.width)))
      function* partsOfBatch() {
        for (let start = 0; start < size; start += atOnce) {
          const part = (ids: Int32Array) => ids.subarray(start, start + atOnce)
          const own = { items: part(targets), negatives: negatives && part(negatives), total: size }
          yield {
            ...feeds(part(user), own.items),
            ...objective.feeds(own, candidates, [own.items.length]),
          }
        }
      }
      return { loss: (await update.run(partsOfBatch())).loss }
    },
  })
}
