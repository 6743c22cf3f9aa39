import type { NamedTensors, Tensor, TrainContext, TrainEvent } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { adam, type Feeds, gradientStep, type StepResult, trainEpochs } from '../../nn/index.ts'
import type { Sym } from '../../tensor/index.ts'
import { type BehaviorBatch, behaviorBatches } from './batches.ts'
import { type LabelGraph, moveAverages } from './graph.ts'
import type { LabelLoss } from './loss.ts'
import type { LabelModel } from './model.ts'
import type { LabelConfig } from './options.ts'

/** What changes a model by one batch. */
export interface LabelStep {
  /** Whatever changes beside the weights. */
  readonly state: ReadonlyMap<string, Tensor>
  /** One update, the `step`-th of its epoch from 1; `rng` fixes all that it draws. Returns the loss terms by name. */
  run(batch: BehaviorBatch, epoch: number, step: number, rng: Rng): Promise<Readonly<Record<string, number>>>
}

/** Lowers a loss by all weights of the model; running averages of normalizations follow. */
export function lowerStep(
  model: LabelModel,
  graph: LabelGraph,
  loss: Sym,
  config: Pick<LabelConfig, 'adam' | 'learningRate' | 'weightDecay'>,
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

/** Lowers a loss of the behaviors of each batch. */
export function labelStep(model: LabelModel, config: LabelConfig, lossOf: (graph: LabelGraph) => LabelLoss): LabelStep {
  const graph = model.graph()
  const { loss, terms } = lossOf(graph)
  const lower = lowerStep(model, graph, loss, config, terms)
  return {
    state: lower.state,
    async run({ target, source }, _epoch, _step, rng) {
      const { loss, out } = await lower.run(model.feeds((ids) => graph.feeds(model.batch(target, source), ids, rng)))
      return { loss, ...scalars(out, Object.keys(terms)) }
    },
  }
}

/** The scalars of those names among outputs. */
export function scalars(out: Feeds, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, out[name].data[0]]))
}

/** Epochs of steps over the training rows of the target, or over some of them, selected on validation by the metric asked for. */
export async function* trainOnBehaviors(
  model: LabelModel,
  config: LabelConfig,
  context: TrainContext,
  step: LabelStep,
  targetRows?: Int32Array,
): AsyncGenerator<TrainEvent> {
  const rng = createRng(context.seed).split(model.name, 'train')
  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      state: step.state,
      batches: (epoch) => [...behaviorBatches(model.sides, config, rng.split('epoch', epoch), targetRows)],
      step: (batch, epoch, n) => step.run(batch, epoch, n, rng.split('step', epoch, n)),
      size: ({ target }) => target.length,
      validate: () => context.validate(model),
    },
    context,
  )
}
