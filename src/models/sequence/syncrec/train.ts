import {
  ALL_DOMAINS,
  type NamedTensors,
  type Tensor,
  type TrainContext,
  type Trust,
  trustMeans,
} from '../../../core/index.ts'
import { type SequenceBatch, sequenceBatches } from '../../../data/index.ts'
import { lossCatalogue, rankingLoss } from '../../../families/ranking/index.ts'
import {
  type EncoderInputs,
  historyFeeds,
  historyInputs,
  refuseLargeStep,
  type SequenceModel,
  trainOnSequences,
} from '../../../families/sequence/index.ts'
import type { Rng } from '../../../math/index.ts'
import { adam, gradientStep, type Parameters } from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { input, type Sym } from '../../../tensor/index.ts'
import { type Blended, chooseShares } from './blend.ts'
import { type BranchOptions, crossBranch, historyOf, singleBranch } from './branches.ts'
import type { Config } from './index.ts'
import { mutualInformation, relativeGap, shareFeeds, summedLosses } from './objective.ts'
import { crossFeeds, singleViews } from './views.ts'

export type SynCRec = SequenceModel

/** Which parts of the method are at work. */
function partsOf({ ablation, eta }: Pick<Config, 'ablation' | 'eta'>) {
  const without = (part: Config['ablation']) => ablation === part || ablation === 'mmoe'
  return {
    stop: !without('stop-gradient'),
    correct: !without('loss-correction'),
    eta: without('mutual-information') ? 1 : eta,
  }
}

/** Both branches over one batch; everything that has weights, so that building it declares them all. */
export function branches(parameters: Parameters, inputs: EncoderInputs, config: Config, domains: number) {
  const options: BranchOptions = { ...config, domains }
  const { stop, eta } = partsOf(config)
  const history = historyOf(inputs, domains)
  const cross = crossBranch(parameters, history, options, stop)
  const single = singleBranch(parameters, history, options, stop)
  const information =
    eta < 1
      ? mutualInformation(parameters, cross.states, single.states, history.domains, config.temperature)
      : undefined
  return { cross, single, information, places: history.domains }
}

/** The training step of Eq. 18, with λ as its memory. */
export function createTrainer(
  model: SynCRec,
  config: Config,
  { dataset, split }: Pick<TrainContext, 'dataset' | 'split'>,
) {
  const { table, parameters, programs } = model
  const D = dataset.domains.length
  const { correct, eta } = partsOf(config)
  const catalogue = lossCatalogue({ dataset, split }, config.negatives)
  const { read, ...inputs } = historyInputs(table, 'T', config.dropout)
  const { cross, single, information, places } = branches(parameters, inputs, config, D)
  const ranking = rankingLoss(config.loss, t.concat([cross.states, single.states], 0), table, catalogue, config)
  const sums = summedLosses(ranking.each, D)
  const lambda = correct ? relativeGap(sums.gap, config) : input('lambda', [D])
  const corrected = t.multiply(t.sum(t.multiply(lambda, sums.cross)), D) // Eq. 12; neutral where all λ are 1/D
  const predicted = t.add(sums.single, corrected)
  const loss =
    information === undefined ? predicted : t.add(t.multiply(predicted, eta), t.multiply(information, 1 - eta)) // Eq. 18

  const visited = t.reshape(t.transpose(t.greater(t.sum(places, [1]), 0), [1, 0]), [D, 'B', 1])
  const visitors = t.maximum(t.sum(visited, [1]), 1) // [D, 1]
  const outputs: Record<string, Sym> = {
    cross: t.sum(sums.cross),
    single: sums.single,
    ...(information !== undefined && { information }),
    gap: sums.gap,
    lambda: t.multiply(lambda, 1), // an output of its own, also where it is the input
    crossGate: t.mean(cross.gates, [0]), // [K]
    singleGate: t.divide(t.sum(t.multiply(single.gates, visited), [1]), visitors), // [D, K]
  }
  const update = gradientStep({
    loss,
    parameters,
    reads: [read, ...ranking.reads],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    outputs,
    programs,
  })
  const lambdas = new Float32Array(D).fill(1 / D)
  const trusted = trustMeans()

  return {
    state: new Map<string, Tensor>([...update.state, ['lambda', { shape: [D], data: lambdas }]]) as NamedTensors,
    /** D·λ, φ and mean gates by domain. */
    trust: () => trusted.take(),
    /** One update; reports the loss terms. */
    async step(batch: SequenceBatch, negatives: Int32Array | undefined, rng: Rng): Promise<Record<string, number>> {
      const { size, length, targets } = batch
      refuseLargeStep(batch, 2 * targets.length * ranking.logitsPerTarget)
      const views = singleViews(batch, negatives, dataset)
      const both = (own: Int32Array, other: Int32Array) => {
        const joined = new Int32Array(own.length + other.length)
        joined.set(own)
        joined.set(other, own.length)
        return joined
      }
      const extents: Record<string, number> = { B: size, T: length }
      for (let d = 0; d < D; d++) extents[`M${d}`] = views.feeds[`member${d}`].shape[0]
      // An ablation reads less; the ranking loss's own weights give way to `shares`.
      const { loss, out } = await update.run({
        ...historyFeeds(batch),
        ...crossFeeds(batch, dataset),
        ...views.feeds,
        ...shareFeeds(targets, views, dataset),
        lambda: { shape: [D], data: lambdas },
        ...inputs.dropout.masks(rng.split('dropout'), extents),
        ...ranking.feeds(
          {
            items: both(targets, views.targets),
            negatives: negatives && both(negatives, views.negatives!),
            total: targets.length,
          },
          rng.split('loss'),
        ),
      })
      lambdas.set(out.lambda.data)
      trusted.add(trustOf(out, D, config.experts))
      return {
        loss,
        cross: out.cross.data[0],
        single: out.single.data[0],
        ...(information !== undefined && { mutualInformation: out.information.data[0] }),
      }
    },
  }
}

function trustOf(
  { lambda, gap, crossGate, singleGate }: Readonly<Record<string, Tensor>>,
  D: number,
  K: number,
): Trust {
  const domain = Int32Array.from({ length: D }, (_, d) => d)
  const gates = Array.from({ length: (D + 1) * K }, (_, i) => i)
  return {
    of: 'domain',
    signals: [
      {
        name: 'lambda',
        summary: 'λ, how much the loss of a domain counts in the cross-domain task',
        neutral: 1,
        keys: { domain },
        values: Float64Array.from(lambda.data, (share) => D * share),
      },
      {
        name: 'gap',
        summary: 'φ, the negative transfer gap: below 0, training on all domains harms the domain',
        neutral: 0,
        keys: { domain },
        values: Float64Array.from(gap.data),
      },
      {
        name: 'gate',
        summary: 'the share of each expert in a task: the cross-domain one, then that of each domain',
        neutral: 1 / K,
        keys: {
          domain: Int32Array.from(gates, (i) => (i < K ? ALL_DOMAINS : Math.floor(i / K) - 1)),
          expert: Int32Array.from(gates, (i) => i % K),
        },
        values: Float64Array.from([...crossGate.data, ...singleGate.data]),
      },
    ],
  }
}

export async function* trainSyncrec(model: SynCRec, config: Config, context: TrainContext) {
  const { state, step, trust } = createTrainer(model, config, context)
  for await (const event of trainOnSequences(model, config, context, sequenceBatches, { state, run: step, trust })) {
    // The weights are the best ones by now, and the shares among them still those of the start.
    if (event.type === 'done' && 'share' in model)
      await chooseShares(model as Blended, context.dataset, config.metric, context)
    yield event
  }
}
