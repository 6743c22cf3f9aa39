import type { Checkpoint, TrainContext, TrainEvent } from '../../../core/index.ts'
import { sequenceBatches, trainingSequences } from '../../../data/index.ts'
import { lossCatalogue, rankingLoss } from '../../../families/ranking/index.ts'
import { type SequenceModel, sequenceStep, trainOnSequences } from '../../../families/sequence/index.ts'
import { createRng, spectralTable } from '../../../math/index.ts'
import { trainEpochs } from '../../../nn/index.ts'
import type { Config } from './index.ts'
import { createPretraining } from './pretrain.ts'

type Phase = 'pretraining' | 'fine-tuning'

/** Pre-training, then fine-tuning on the item that follows, as one training: epochs are counted through, and each can be gone on from. */
export async function* trainS3rec(
  model: SequenceModel,
  config: Config,
  context: TrainContext,
): AsyncGenerator<TrainEvent> {
  const { pretrainEpochs } = config
  const total = pretrainEpochs + config.epochs
  const phase = (context.resume?.state.phase ?? 'pretraining') as Phase
  if (phase === 'pretraining' && pretrainEpochs > 0)
    for await (const event of pretrain(model, config, { ...context, resume: inner(context.resume, 0) })) {
      if (event.type === 'done') continue
      if (event.type === 'checkpoint') yield outer('pretraining', event.checkpoint, 0)
      else yield event.type === 'epoch' ? { ...event, epochs: total } : event
    }
  const resume = phase === 'fine-tuning' ? inner(context.resume, pretrainEpochs) : undefined
  for await (const event of fineTune(model, config, { ...context, resume })) {
    if (event.type === 'checkpoint') yield outer('fine-tuning', event.checkpoint, pretrainEpochs)
    else if (event.type === 'step') yield { ...event, epoch: event.epoch + pretrainEpochs }
    else if (event.type === 'epoch') yield { ...event, epoch: event.epoch + pretrainEpochs, epochs: total }
    else if (event.epochs === 0) yield event
    else yield { ...event, epochs: event.epochs + pretrainEpochs, bestEpoch: event.bestEpoch + pretrainEpochs }
  }
}

/** The last epoch's weights count: what pre-training lowers says nothing of the item that follows. */
async function* pretrain(model: SequenceModel, config: Config, context: TrainContext) {
  const { dataset, split, seed } = context
  const rng = createRng(seed).split(model.name, 'pretrain')
  const sequences = trainingSequences(dataset, split)
  if (config.initialization === 'spectral' && context.resume === undefined && !context.warm)
    await spectralTable(model.table.tensor.data, config.width, sequences, model.itemDeviation, rng, context.signal)
  const step = createPretraining(model, config, dataset, rng)
  const batches = (epoch: number) => [
    ...sequenceBatches(sequences, { ...config, bucket: true, rng: rng.split('epoch', epoch) }),
  ]
  yield* trainEpochs(
    {
      epochs: config.pretrainEpochs,
      patience: 0,
      weights: model.weights(),
      state: step.state,
      batches,
      step: (batch, epoch, n) => step.run(batch, rng.split('step', epoch, n)),
      size: (batch) => batch.size,
      validate: () => context.validate(model),
    },
    context,
  )
}

function fineTune(model: SequenceModel, config: Config, context: TrainContext) {
  const catalogue = lossCatalogue(context, config.negatives)
  const step = sequenceStep(model, config, (states) => rankingLoss(config.loss, states, model.table, catalogue, config))
  // Pre-training has moved the item vectors from where they started.
  const initialization = config.pretrainEpochs > 0 ? 'random' : config.initialization
  return trainOnSequences(model, { ...config, initialization }, context, sequenceBatches, step)
}

function outer(phase: Phase, { epoch, state, tensors }: Checkpoint, before: number): TrainEvent {
  return { type: 'checkpoint', checkpoint: { epoch: epoch + before, state: { phase, inner: state }, tensors } }
}

function inner(checkpoint: Checkpoint | undefined, before: number): Checkpoint | undefined {
  if (checkpoint === undefined) return undefined
  const { epoch, state, tensors } = checkpoint
  return { epoch: epoch - before, state: state.inner as Checkpoint['state'], tensors }
}
