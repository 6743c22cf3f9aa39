import { type NamedTensors, type Tensor, type TrainContext, trustMeans } from '../../../core/index.ts'
import { type Histories, type SequenceBatch, sequenceBatches } from '../../../data/index.ts'
import { type Catalogue, lossCatalogue, type RankingStep, rankingLoss } from '../../../families/ranking/index.ts'
import {
  type EncoderInputs,
  historyInputs,
  refuseLargeStep,
  type SequenceModel,
  trainOnSequences,
} from '../../../families/sequence/index.ts'
import type { Rng } from '../../../math/index.ts'
import { adam, crossEntropy, gradientStep } from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { cast, input, runWith, type Sym } from '../../../tensor/index.ts'
import type { Config } from './index.ts'
import { contributions, domainGames, domainWeights } from './shapley.ts'

export interface CGRec extends SequenceModel {
  /** The domain of each item, [V]; −1 at PAD. */
  readonly domainOf: Int8Array
  /** What the encoder reads. */
  feeds(histories: Histories): Record<string, Tensor>
  /** States of the item level [B, T, d], logits of the domain level [B, T, D]. */
  hierarchy(inputs: EncoderInputs): { readonly fine: Sym; readonly coarse: Sym | undefined }
}

const LAMBDA = { name: 'lambda', summary: 'λ, how much the loss of a domain counts', neutral: 1 }
const SHAPLEY = {
  name: 'shapley',
  summary: 'φ, the Shapley value: how much lower the losses of the other domains are beside this one',
  neutral: 0,
}

/** One forward pass and its ranking loss; `dropout` is off where losses are measured and not trained. */
function forward(model: CGRec, config: Config, catalogue: Catalogue, rate: number) {
  const { read, ...inputs } = historyInputs(model.table, 'T', rate)
  const { fine, coarse } = model.hierarchy(inputs)
  const states = t.reshape(fine, ['B*T', model.table.width])
  const ranking = rankingLoss(config.loss, states, model.table, catalogue, config)
  return { dropout: inputs.dropout, read, coarse, ranking }
}

/** The training step, with the standing of each domain as its memory. */
export function createTrainer(
  model: CGRec,
  config: Config,
  { dataset, split }: Pick<TrainContext, 'dataset' | 'split'>,
) {
  const { table, parameters, programs, domainOf } = model
  const D = dataset.domains.length
  const catalogue = lossCatalogue({ dataset, split }, config.negatives)
  const { dropout, read, coarse, ranking } = forward(model, config, catalogue, config.dropout)
  const share = input('share', ['B*T']) // λ of the target's domain over the number of targets; 0 where there is none
  const parts: Record<string, Sym> = { items: t.sum(t.multiply(ranking.each, share)) }
  if (coarse !== undefined) {
    const logits = t.reshape(coarse, ['B*T', D])
    const own = t.sum(t.multiply(logits, cast(input('targetDomains', ['B*T', D], 'uint8'), 'float32')), [1])
    parts.coarse = t.sum(t.multiply(crossEntropy(logits, own), share))
  }
  const loss = parts.coarse === undefined ? parts.items : t.add(parts.items, t.multiply(parts.coarse, config.coarse))
  const update = gradientStep({
    loss,
    parameters,
    reads: [read, ...ranking.reads],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    outputs: parts,
    programs,
  })
  // Measured without dropout: what is compared are coalitions, not masks.
  const measured = forward(model, config, catalogue, 0).ranking

  /** Smoothed contribution of each domain, [D], and the one measured last. */
  const standing = new Float32Array(D)
  const shapley = new Float32Array(D)
  const trusted = trustMeans()
  const domain = Int32Array.from({ length: D }, (_, d) => d)

  const countsOf = (items: Int32Array) => {
    const counts = new Int32Array(D)
    for (const item of items) if (item !== 0) counts[domainOf[item]] = counts[domainOf[item]] + 1
    return counts
  }
  const present = (counts: Int32Array) => [...counts.keys()].filter((d) => counts[d] > 0)

  /**
   * L^d of the domains d of a coalition when only their items are seen, [D]; NaN for a domain without targets. A hidden item
   * leaves its place empty: no place that sees anything attends to it, and its own query is the position alone.
   */
  async function lossesOf(coalition: number, batch: SequenceBatch, negatives: Int32Array | undefined, rng: Rng) {
    const only = (ids: Int32Array) => ids.map((item) => (item !== 0 && (coalition >> domainOf[item]) & 1 ? item : 0))
    const targets = only(batch.targets)
    const { each } = await runWith(await programs.compile({ each: measured.each }, 'measuring'), {
      [table.name]: table.tensor,
      ...Object.fromEntries(parameters.tensors),
      ...model.feeds({ ...batch, items: only(batch.items) }),
      // The stream is that of the update, so that every coalition is measured against the same sampled items.
      ...measured.feeds({ items: targets, negatives, total: 1 }, rng.split('loss')),
    })
    const sums = new Float64Array(D)
    for (const [i, item] of targets.entries())
      if (item !== 0) sums[domainOf[item]] = sums[domainOf[item]] + each.data[i]
    const counts = countsOf(targets)
    return sums.map((sum, d) => sum / counts[d])
  }

  /** Measures the contributions of the domains in a batch; the others keep what they had. */
  async function measure(batch: SequenceBatch, negatives: Int32Array | undefined, rng: Rng): Promise<void> {
    const sources = present(countsOf(batch.items))
    const drawn = () => Array.from({ length: config.orders }, (_, i) => rng.split('order', i).shuffle(sources.slice()))
    const orders = sources.length <= config.exactDomains ? undefined : drawn()
    const games = domainGames(sources, present(countsOf(batch.targets)), orders)
    const losses = new Map<number, Float64Array>()
    for (const coalition of games.coalitions) losses.set(coalition, await lossesOf(coalition, batch, negatives, rng))
    for (const [d, value] of contributions(games, D, (coalition, d) => losses.get(coalition)![d]).entries()) {
      if (Number.isNaN(value)) continue
      shapley[d] = value
      standing[d] = config.alpha * standing[d] + config.beta * value
    }
  }

  return {
    lossesOf,
    state: new Map<string, Tensor>([
      ...update.state,
      ['standing', { shape: [D], data: standing }],
      ['shapley', { shape: [D], data: shapley }],
    ]) as NamedTensors,
    /** λ and φ by domain. */
    trust: () => trusted.take(),
    /** One update, after measuring the Shapley values anew where asked to; reports the loss terms. */
    async step(
      batch: SequenceBatch,
      negatives: Int32Array | undefined,
      rng: Rng,
      { anew }: { readonly anew: boolean },
    ): Promise<Record<string, number>> {
      const { size, length, targets } = batch
      refuseLargeStep(batch, targets.length * ranking.logitsPerTarget)
      let total = 0
      for (const target of targets) if (target !== 0) total++
      const weighing = config.ablation !== 'shapley'
      if (anew && weighing) await measure(batch, negatives, rng)
      const lambda = weighing ? domainWeights(standing, config.temperature) : new Float64Array(D).fill(1)
      const shares = Float32Array.from(targets, (item) => (item === 0 ? 0 : lambda[domainOf[item]] / total))
      const targetDomains = new Uint8Array(targets.length * D)
      for (const [i, item] of targets.entries()) if (item !== 0) targetDomains[i * D + domainOf[item]] = 1
      const { loss, out } = await update.run({
        ...model.feeds(batch),
        ...ranking.feeds({ items: targets, negatives, total }, rng.split('loss')),
        ...dropout.masks(rng.split('dropout'), { B: size, T: length }),
        share: { shape: [shares.length], data: shares },
        targetDomains: { shape: [targets.length, D], data: targetDomains },
      })
      const named: Record<string, number> = { loss }
      for (const name of Object.keys(parts)) named[name] = out[name].data[0]
      trusted.add({
        of: 'domain',
        signals: [
          { ...LAMBDA, keys: { domain }, values: lambda },
          ...(weighing ? [{ ...SHAPLEY, keys: { domain }, values: shapley }] : []),
        ],
      })
      return named
    },
  }
}

export async function* trainCgrec(model: CGRec, config: Config, context: TrainContext) {
  const { state, step, trust } = createTrainer(model, config, context)
  const measuring: RankingStep = {
    state,
    trust,
    run: (batch, negatives, rng, n) => step(batch, negatives, rng, { anew: (n - 1) % config.every === 0 }),
  }
  yield* trainOnSequences(model, config, context, sequenceBatches, measuring)
}
