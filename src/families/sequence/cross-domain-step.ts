import { domainOfItem, type Tensor, type TrainContext } from '../../core/index.ts'
import type { SequenceBatch } from '../../data/index.ts'
import type { Rng } from '../../math/index.ts'
import { adam, gradientStep, type TableRead } from '../../nn/index.ts'
import { add, concat, input, multiply, type Sym, slice, sum } from '../../tensor/index.ts'
import { lossCatalogue, type RankingStep, rankingLoss } from '../ranking/index.ts'
import {
  type CrossDomainConfig,
  type CrossDomainModel,
  crossDomainFeeds,
  crossDomainInputs,
} from './define-cross-domain.ts'
import type { DomainInputs } from './domain-views.ts'
import { anyLength } from './encoder.ts'
import { refuseLargeStep } from './step.ts'

/** What a model lowers beside the ranking loss of the states that answer, or in its place. */
export interface CrossDomainObjective {
  /** States that are compared with the targets, [A, d] each, and how much the loss of each counts. */
  readonly ranked: readonly { readonly name: string; readonly states: Sym; readonly weight: number }[]
  /** What is added, scalars with their weights. */
  readonly added?: readonly { readonly name: string; readonly value: Sym; readonly weight: number }[]
  /** What it reads of tables beside the histories. */
  readonly reads?: readonly TableRead[]
  /** What else its graph reads of a batch. */
  feeds?(batch: SequenceBatch, rng: Rng): Record<string, Tensor>
}

/**
 * The step that lowers ranking losses of the states asked for: at every position of every history for the domain of the item that follows.
 * @param objectiveOf default: the mean loss of the states that answer
 */
export function crossDomainStep(
  model: CrossDomainModel,
  config: CrossDomainConfig,
  context: Pick<TrainContext, 'dataset' | 'split'>,
  objectiveOf: (inputs: DomainInputs) => CrossDomainObjective = (inputs) => ({
    ranked: [{ name: 'ranking', states: model.encoder.encode(inputs), weight: 1 }],
  }),
): RankingStep {
  const { table, parameters, programs, dataset, encoder } = model
  const catalogue = lossCatalogue(context, config.negatives)
  const optimizer = adam(config)
  const stepAt = (encoder.graphs ?? anyLength)((T) => {
    const inputs = crossDomainInputs(model, T, config.dropout)
    const { ranked, added = [], reads = [], feeds } = objectiveOf(inputs)
    const ranking = rankingLoss(
      config.loss,
      concat(
        ranked.map(({ states }) => states),
        0,
      ),
      table,
      catalogue,
      config,
    )
    const share = input('targetShare', ['A']) // 1 over the number of targets; 0 where there is none
    const terms = ranked.map(({ name, weight }, k) => {
      const each = slice(ranking.each, 0, `${k}*A`, `${k + 1}*A`)
      return { name, value: sum(multiply(each, share)), weight }
    })
    const all = [...terms, ...added]
    const loss = all.map(({ value, weight }) => multiply(value, weight)).reduce((a, b) => add(a, b))
    const update = gradientStep({
      loss,
      parameters,
      reads: [...inputs.reads, ...reads, ...ranking.reads],
      optimizer,
      dense: config.adam === 'dense',
      // Each an output of its own, also where it is the loss.
      outputs: Object.fromEntries(all.map(({ name, value }) => [name, multiply(value, 1)])),
      programs,
    })
    return {
      names: all.map(({ name }) => name),
      copies: ranked.length,
      dropout: inputs.dropout,
      ranking,
      feeds,
      update,
    }
  })

  return {
    state: stepAt(1).update.state,
    async run(batch, negatives, rng) {
      const { length, targets } = batch
      const { names, copies, dropout, ranking, feeds, update } = stepAt(length)
      refuseLargeStep(batch, copies * targets.length * ranking.logitsPerTarget)
      const asked = {
        place: Int32Array.from(targets, (_, at) => at),
        domain: Int32Array.from(targets, (item) => (item === 0 ? 0 : domainOfItem(dataset, item))),
      }
      const total = targets.reduce((count, item) => count + (item === 0 ? 0 : 1), 0)
      const read = crossDomainFeeds(model, batch, asked)
      const { loss, out } = await update.run({
        ...read.feeds,
        ...dropout.masks(rng.split('dropout'), read.extents),
        ...ranking.feeds(
          {
            items: repeated(targets, copies),
            negatives: negatives && repeated(negatives, copies),
            total,
          },
          rng.split('loss'),
        ),
        ...feeds?.(batch, rng.split('objective')),
        targetShare: {
          shape: [targets.length],
          data: Float32Array.from(targets, (item) => (item === 0 ? 0 : 1 / total)),
        },
      })
      return names.length === 1
        ? { loss }
        : { loss, ...Object.fromEntries(names.map((name) => [name, out[name].data[0]])) }
    },
  }
}

function repeated(entries: Int32Array, times: number): Int32Array {
  const all = new Int32Array(times * entries.length)
  for (let k = 0; k < times; k++) all.set(entries, k * entries.length)
  return all
}
