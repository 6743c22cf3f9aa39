import type { NamedTensors, Tensor, TrainContext } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { adam, type Feeds, gradientStep, type StepResult, trainEpochs } from '../../nn/index.ts'
import { add, divide, maximum, mean, multiply, type Sym, sum } from '../../tensor/index.ts'
import { type CrossDomainBatch, crossDomainBatches } from './batches.ts'
import { type CrossDomainGraph, moveAverages } from './graph.ts'
import type { CrossDomainConfig } from './options.ts'
import type { CrossDomainRanker } from './ranker.ts'

/** What changes a model by one batch. */
export interface CrossDomainTrainer {
  /** Whatever changes beside the weights. */
  readonly state: ReadonlyMap<string, Tensor>
  /** One update, the `step`-th of its epoch from 1; `rng` fixes all that it draws. Returns the loss terms by name. */
  step(batch: CrossDomainBatch, epoch: number, step: number, rng: Rng): Promise<Readonly<Record<string, number>>>
}

/** The loss that a step lowers: mean target loss + Σ weight_j · source loss_j + penalty. */
export function trainingLoss({ network, targetLosses, sourceLosses }: CrossDomainGraph, weights: Sym | undefined) {
  const target = mean(targetLosses)
  const source = sourceLosses && weights && sum(multiply(weights, sourceLosses))
  const terms = [target, source, network.penalty].filter((term) => term !== undefined)
  const loss = terms.reduce((total, term) => add(total, term))
  return { loss, terms: { target, ...(source && { source }), ...(network.penalty && { penalty: network.penalty }) } }
}

/** The same weight for every source behavior of the batch, `total` together; 0 where a user has none. [M] */
export function evenWeights({ real }: CrossDomainGraph, total: number): Sym {
  // A batch without any has the sum 0 whatever this is.
  return multiply(real, divide(total, maximum(sum(real), 1)))
}

/** The step that lowers a loss by all weights of the model; running averages of normalizations follow. */
export function lowerStep(
  model: CrossDomainRanker,
  graph: CrossDomainGraph,
  loss: Sym,
  config: Pick<CrossDomainConfig, 'adam' | 'learningRate' | 'weightDecay'>,
  outputs: Readonly<Record<string, Sym>> = {},
): { readonly state: NamedTensors; run(feeds: Feeds): Promise<StepResult> } {
  const { parameters, averages } = model.shared
  const statistics = [...graph.statistics].map(([name, statistic]) => [`statistics/${name}`, statistic] as const)
  const update = gradientStep({
    loss,
    parameters,
    reads: model.shared.reads(),
    optimizer: adam(config),
    dense: config.adam === 'dense',
    outputs: { ...outputs, ...Object.fromEntries(statistics) },
    programs: model.programs,
  })
  return {
    state: update.state,
    async run(feeds) {
      const result = await update.run(feeds)
      moveAverages(averages, result.out)
      return result
    },
  }
}

/** Lowers the mean target loss and γ times the mean source loss. */
export function plainTrainer(model: CrossDomainRanker, config: CrossDomainConfig): CrossDomainTrainer {
  const graph = model.graph()
  const { loss, terms } = trainingLoss(graph, evenWeights(graph, config.sourceWeight))
  const lower = lowerStep(model, graph, loss, config, terms)
  return {
    state: lower.state,
    async step({ target, source }, _epoch, _step, rng) {
      const { loss, out } = await lower.run(model.feeds((ids) => graph.feeds(model.batch(target, source), ids, rng)))
      return { loss, ...scalars(out, Object.keys(terms)) }
    },
  }
}

/** The scalars of those names among outputs. */
export function scalars(out: Feeds, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, out[name].data[0]]))
}

/** Epochs of a trainer over the training rows of the target, selected by AUC on validation. */
export async function* trainCrossDomain(
  model: CrossDomainRanker,
  config: CrossDomainConfig,
  context: TrainContext,
  {
    name,
    trainer,
    targetRows,
  }: { readonly name: string; readonly trainer: CrossDomainTrainer; readonly targetRows?: Int32Array },
) {
  const rng = createRng(context.seed).split(name, 'train')
  yield* trainEpochs(
    {
      ...config,
      metric: 'auc',
      weights: model.weights(),
      state: trainer.state,
      batches: (epoch) => [...crossDomainBatches(model.task, config, rng.split('epoch', epoch), targetRows)],
      step: (batch, epoch, step) => trainer.step(batch, epoch, step, rng.split('step', epoch, step)),
      size: ({ target }) => target.length,
      validate: () => context.validate(model),
    },
    context,
  )
}
