import {
  ALL_DOMAINS,
  type NamedTensors,
  type Tensor,
  type TrainContext,
  type Trust,
  trustMeans,
} from '../../../core/index.ts'
import {
  type NegativeSampler,
  negativeSampler,
  type SequenceBatch,
  sequenceBatches,
  trainingSequences,
} from '../../../data/index.ts'
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
import { adam, gradientStep } from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { input, type Sym } from '../../../tensor/index.ts'
import { type BranchOptions, crossBranch, mixedHistory, singleBranch, singleHistory } from './branches.ts'
import type { Config } from './index.ts'
import { mutualInformation, relativeGap, shareFeeds, summedLosses } from './objective.ts'
import { crossFeeds, type SingleViews, singleViews, startedBatch } from './views.ts'

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
export function branches(
  { table, parameters, asked }: Pick<SynCRec, 'table' | 'parameters'> & Partial<Pick<SynCRec, 'asked'>>,
  inputs: EncoderInputs,
  config: Config,
  domains: number,
) {
  const options: BranchOptions = { ...config, domains }
  const { stop, eta } = partsOf(config)
  // The single-domain tasks are asked for their own domain anyhow.
  const mixed = mixedHistory(asked?.inputs(inputs) ?? inputs, domains)
  const { history, read } = singleHistory(table, inputs.dropout, domains)
  const cross = crossBranch(parameters, mixed, options, stop)
  const single = singleBranch(parameters, history, options, stop)
  const events = t.multiply(history.domains, t.subtract(1, history.starts)) // [B, S, D]
  const information =
    eta < 1
      ? mutualInformation(
          parameters,
          { states: cross.states, events: mixed.domains },
          { states: single.states, events },
          config,
        )
      : undefined
  return { cross, single, information, places: mixed.domains, read }
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
  const { cross, single, information, places, read: singleRead } = branches(model, inputs, config, D)
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
    reads: [read, singleRead, ...ranking.reads],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    outputs,
    programs,
  })
  const lambdas = new Float32Array(D).fill(1 / D)
  const negativesOf = negativeSampler(dataset, config.negatives)
  const eventsOf = config.window === 'own' ? trainingEvents(dataset, split) : undefined
  const trusted = trustMeans()

  return {
    state: new Map<string, Tensor>([...update.state, ['lambda', { shape: [D], data: lambdas }]]) as NamedTensors,
    /** D·λ, φ and mean gates by domain. */
    trust: () => trusted.take(),
    /** One update; reports the loss terms. */
    async step(batch: SequenceBatch, negatives: Int32Array | undefined, rng: Rng): Promise<Record<string, number>> {
      const started = config.start ? startedBatch(batch, config.maxLength) : batch
      const { size, length, targets } = started
      const views = singleViews(started, dataset, {
        ...config,
        // What is left of a user's events before the window and the last target.
        ...(eventsOf && { earlier: (b) => eventsOf(batch.user[b]).subarray(0, -1 - inputsOf(batch, b)) }),
      })
      refuseLargeStep(batch, (targets.length + views.targets.length) * ranking.logitsPerTarget)
      const drawn = negatives && negativesOfBoth(batch, negatives, started, views, negativesOf, rng)
      const both = (own: Int32Array, other: Int32Array) => {
        const joined = new Int32Array(own.length + other.length)
        joined.set(own)
        joined.set(other, own.length)
        return joined
      }
      const extents: Record<string, number> = { B: size, T: length, S: views.length }
      for (let d = 0; d < D; d++) extents[`M${d}`] = views.feeds[`member${d}`].shape[0]
      // An ablation reads less; the ranking loss's own weights give way to `shares`.
      const { loss, out } = await update.run({
        ...historyFeeds(started),
        ...crossFeeds(started, dataset),
        ...model.asked.feeds(started),
        ...views.feeds,
        ...shareFeeds(targets, views, dataset, { size, weighing: config.weighing }),
        lambda: { shape: [D], data: lambdas },
        ...inputs.dropout.masks(rng.split('dropout'), extents),
        ...ranking.feeds(
          {
            items: both(targets, views.targets),
            negatives: drawn && both(drawn.mixed, drawn.single),
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

/** The training events of a user, in order. */
function trainingEvents(dataset: TrainContext['dataset'], split: TrainContext['split']): (user: number) => Int32Array {
  const { user, items, offsets } = trainingSequences(dataset, split)
  const rows = new Map(Array.from(user, (id, s) => [id, items.subarray(offsets[s], offsets[s + 1])]))
  return (id) => rows.get(id) ?? new Int32Array()
}

function inputsOf({ length, items }: SequenceBatch, b: number): number {
  return items.subarray(b * length, (b + 1) * length).reduce((count, item) => count + (item === 0 ? 0 : 1), 0)
}

/** A negative for each target of both tasks: the same where they predict the same event, drawn anew where the batch has none. */
export function negativesOfBoth(
  batch: SequenceBatch,
  given: Int32Array,
  started: SequenceBatch,
  views: SingleViews,
  sampler: NegativeSampler,
  rng: Rng,
): { readonly mixed: Int32Array; readonly single: Int32Array } {
  const mixed = new Int32Array(started.targets.length)
  for (let b = 0; b < batch.size; b++) {
    const own = given.subarray((b + 1) * batch.length - inputsOf(batch, b), (b + 1) * batch.length)
    mixed.set(own, (b + 1) * started.length - own.length)
  }
  const complete = (label: string, of: Pick<SequenceBatch, 'length' | 'targets' | 'items'>, negatives: Int32Array) => {
    const targets = of.targets.map((target, i) => (negatives[i] === 0 ? target : 0))
    const drawn = sampler.forBatch({ ...batch, ...of, targets }, rng.split(label))
    return negatives.map((negative, i) => negative || drawn[i])
  }
  const all = complete('start', started, mixed)
  return {
    mixed: all,
    single: complete(
      'earlier',
      views,
      views.mixed.map((at) => (at < 0 ? 0 : all[at])),
    ),
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

export function trainSyncrec(model: SynCRec, config: Config, context: TrainContext) {
  const { state, step, trust } = createTrainer(model, config, context)
  return trainOnSequences(model, config, context, sequenceBatches, { state, run: step, trust })
}
