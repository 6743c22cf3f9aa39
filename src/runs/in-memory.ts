import type { Model, TrainEvent } from '../core/index.ts'
import { bindDemonstrations, openDemonstrations } from '../rl/index.ts'
import { contextOf, type TrainingOptions } from './context.ts'
import { openTrainedRun } from './open.ts'

/** A model and the events of its training, without a run; the model is ready when the events have run out. */
export function startTraining(options: TrainingOptions): { model: Model; events: AsyncGenerator<TrainEvent> } {
  const { spec, config, dataset, split, seed, threads } = options
  const model = spec.create(config, dataset, split, { seed, threads })
  const openRun = async (folder: string) => (await openTrainedRun(folder, { dataset, threads })).model
  const openBound = async (folder: string) => bindDemonstrations((await openDemonstrations(folder)).steps, dataset)
  return { model, events: spec.train(model, config, contextOf({ openRun, openDemonstrations: openBound, ...options })) }
}
