import { giveWay, type Scorer, type TrainContext, type TrainEvent } from '../core/index.ts'
import type { Chosen } from './choose-by-validation.ts'

/** What a model that learns in one pass, without gradients, hands to `trainOnce`. */
export interface PassPlan {
  /** Pieces that the pass is cut into, so that progress is seen and a stop is heard between them. */
  readonly steps: number
  /** Does piece `step` (1 … steps) and returns how many rows or items it looked at. */
  step(step: number): number
  /** After the last step, instead of one validation of the model: chooses the options that it scores by. */
  choose?(): Promise<Pick<Chosen<never>, 'validation' | 'tried' | 'reason'>>
}

/**
 * One pass over the training data: its steps, one epoch, done. There are no checkpoints: an interrupted pass starts again
 * and ends with the same bits.
 * @throws TributaryError `interrupted` when the signal is set between two steps
 */
export async function* trainOnce(plan: PassPlan, model: Scorer, context: TrainContext): AsyncGenerator<TrainEvent> {
  const started = performance.now()
  for (let step = 1; step <= plan.steps; step++) {
    await giveWay(context.signal, () => `training was stopped at step ${step}`)
    const examples = plan.step(step)
    yield { type: 'step', epoch: 1, step, steps: plan.steps, examples, losses: {} }
  }
  const { validation, tried = [], reason } = (await plan.choose?.()) ?? { validation: await context.validate(model) }
  const seconds = (performance.now() - started) / 1000
  yield {
    type: 'epoch',
    epoch: 1,
    epochs: 1,
    losses: {},
    validation,
    best: true,
    seconds,
    ...(tried.length > 1 && { tried }),
  }
  yield { type: 'done', epochs: 1, bestEpoch: 1, reason: reason ?? 'one pass is all it takes' }
}
