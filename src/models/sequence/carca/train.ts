import { domainOfItem, type Tensor, type TrainContext, TributaryError } from '../../../core/index.ts'
import { sequenceBatches } from '../../../data/index.ts'
import {
  type Catalogue,
  frequencyProposal,
  lossCatalogue,
  needsNegatives,
  type RankingStep,
} from '../../../families/ranking/index.ts'
import { attributeFeeds, feedsOf, historyInputs, trainOnSequences } from '../../../families/sequence/index.ts'
import type { Rng } from '../../../math/index.ts'
import {
  adam,
  bprLoss,
  crossEntropy,
  gatheredRows,
  gradientStep,
  negativeLogSigmoid,
  paddedCausalMask,
  type TableRead,
} from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { input, type Sym } from '../../../tensor/index.ts'
import { fitsOfAll } from './fit.ts'
import type { Config } from './index.ts'
import { type Carca, candidatesOf, fits, profileOf, recency } from './network.ts'

/** Numbers in an array of one run, at most: [sequences, T, candidates]; a larger batch is run in parts. */
const MOST = 8_000_000

/** What every target of a batch is told apart from. */
interface Candidates {
  readonly ids: Int32Array
  /** log q of each, where they were drawn. */
  readonly logQ: Float32Array
}

/** All items, or some of each domain drawn by how often they are trained on. */
function candidateSource({ loss, samples }: Config, { domainStart, counts }: Catalogue) {
  const end = domainStart.at(-1) ?? 1
  if (loss === 'softmax') {
    const ids = Int32Array.from({ length: end - 1 }, (_, i) => i + 1)
    const all = { ids, logQ: new Float32Array(ids.length) }
    return { draw: (_rng: Rng): Candidates => all, logProbability: () => 0 }
  }
  const domains = Array.from({ length: domainStart.length - 1 }, (_, d) =>
    frequencyProposal(counts, domainStart[d], domainStart[d + 1]),
  )
  const logProbability = (item: number) =>
    item === 0 ? 0 : domains[domainOfItem({ domainStart }, item)].logProbability(item)
  return {
    draw(rng: Rng): Candidates {
      const ids = Int32Array.from(domains.flatMap(({ draw }) => Array.from({ length: samples }, () => draw(rng))))
      return { ids, logQ: Float32Array.from(ids, logProbability) }
    },
    logProbability,
  }
}

/** The losses of the other models, over scores that are no products. */
export function createStep(
  model: Carca,
  config: Config,
  context: Pick<TrainContext, 'dataset' | 'split'>,
): RankingStep {
  const { table, parameters, programs, encoder, fields, joint } = model
  const { loss } = config
  const catalogue = lossCatalogue(context, config.negatives)
  const { domainStart } = catalogue
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
  const positive = fitOf('positives')

  /** log-softmax of the target among the candidates of its domain. */
  const amongCandidates = (): Sym => {
    const candidates = candidatesOf(config, parameters, rowsOf('candidates', ['C']))
    const weights = t.multiply(t.exp(recency(config, parameters, 'cross', 'T')), t.equal(causal, 0)) // [heads, T, T]
    const all = fitsOfAll(profileOf(config, parameters, states), candidates, inputs.keep, config.heads, (x, head) =>
      t.matmul(t.reshape(t.slice(weights, 0, head, head + 1), ['T', 'T']), x),
    ) // [B, T, C]
    const same = t.equal(t.reshape(input('targetDomain', ['B', 'T']), ['B', 'T', 1]), input('candidateDomain', ['C']))
    const foreign = t.multiply(t.subtract(1, same), 1e9)
    if (loss === 'softmax') return crossEntropy(t.subtract(all, foreign), positive)
    const own = t.subtract(positive, input('targetLogQ', ['B', 'T']))
    const ids = t.reshape(t.cast(input('positives', ['B', 'T'], 'int32'), 'float32'), ['B', 'T', 1])
    const hit = t.multiply(t.equal(ids, t.cast(input('candidates', ['C'], 'int32'), 'float32')), 1e9)
    const others = t.subtract(t.subtract(t.subtract(all, input('candidateLogQ', ['C'])), foreign), hit)
    return crossEntropy(t.concat([t.reshape(own, ['B', 'T', 1]), others], 2), own)
  }
  const pairwise = (): Sym => {
    const negative = fitOf('negatives')
    return loss === 'bpr' ? bprLoss(positive, negative) : t.add(negativeLogSigmoid(positive), t.softplus(negative))
  }
  const each = needsNegatives(loss) ? pairwise() : amongCandidates()
  const update = gradientStep({
    loss: t.sum(t.multiply(each, input('weight', ['B', 'T']))),
    parameters,
    reads,
    optimizer: adam(config),
    dense: config.adam === 'dense',
    programs,
  })

  const source = needsNegatives(loss) ? undefined : candidateSource(config, catalogue)
  const domainOf = (items: Int32Array) =>
    Float32Array.from(items, (item) => (item === 0 ? -1 : domainOfItem({ domainStart }, item)))
  const candidateFeeds = ({ ids, logQ }: Candidates): Record<string, Tensor> => {
    const shape = [ids.length]
    return {
      candidates: { shape, data: ids },
      candidateDomain: { shape, data: domainOf(ids) },
      candidateLogQ: { shape, data: logQ },
      ...attributeFeeds(fields, 'candidates', ids, shape),
    }
  }
  return {
    state: update.state,
    async run(batch, negatives, rng) {
      const { length, targets } = batch
      const total = targets.reduce((sum, target) => sum + (target === 0 ? 0 : 1), 0)
      const drawn = source?.draw(rng.split('loss'))
      if (drawn !== undefined && length * drawn.ids.length > 4 * MOST) throw tooLarge(length, drawn.ids.length)
      const rowsAtOnce = Math.max(1, Math.floor(MOST / (length * (drawn?.ids.length ?? 1))))
      const shared = drawn === undefined ? {} : candidateFeeds(drawn)
      function* parts() {
        for (let start = 0; start < batch.size; start += rowsAtOnce) {
          const size = Math.min(rowsAtOnce, batch.size - start)
          const shape = [size, length]
          const part = (ids: Int32Array) => ids.subarray(start * length, (start + size) * length)
          const [items, positives] = [part(batch.items), part(targets)]
          const paired = (ids: Int32Array | undefined): Record<string, Tensor> =>
            ids === undefined
              ? {}
              : { negatives: { shape, data: part(ids) }, ...attributeFeeds(fields, 'negatives', part(ids), shape) }
          yield {
            ...feedsOf(encoder, { size, length, items, targets: positives }),
            ...inputs.dropout.masks(rng.split('part', start).split('dropout'), { B: size, T: length }),
            positives: { shape, data: positives },
            ...attributeFeeds(fields, 'positives', positives, shape),
            targetDomain: { shape, data: domainOf(positives) },
            targetLogQ: { shape, data: Float32Array.from(positives, (item) => source?.logProbability(item) ?? 0) },
            ...paired(negatives),
            ...shared,
            weight: { shape, data: Float32Array.from(positives, (item) => (item === 0 ? 0 : 1 / total)) },
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
