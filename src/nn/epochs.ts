import {
  giveWay,
  type NamedTensors,
  type Tensor,
  type TrainContext,
  type TrainEvent,
  TributaryError,
  type Trust,
} from '../core/index.ts'

/** What a model hands to `trainEpochs`: its data an epoch, its update, and everything that changes while it trains. */
export interface TrainingPlan<Batch> {
  readonly epochs: number
  /** Epochs without gain on validation after which training stops; 0 never stops early. */
  readonly patience: number
  /**
   * The validation metric that selects the weights: `ndcg@10`. Without it every epoch's weights count as the
   * best so far: a policy has no honest judge before its test.
   */
  readonly metric?: string | undefined
  /** Live weights; `trainEpochs` copies the best ones back into these arrays at the end. */
  readonly weights: NamedTensors
  /** Live arrays of the optimizer, and any other array that an update changes; saved and restored with the weights. */
  readonly state: NamedTensors
  /** Scalars that an update changes (a step count, a learned weight): read before saving, written after loading. */
  readonly scalars?: { get(): Record<string, unknown>; set(state: Readonly<Record<string, unknown>>): void }
  /** The batches of one epoch, made from seeded streams of the epoch's number alone, so that a resume repeats them. */
  batches(epoch: number): readonly Batch[]
  /** One update; returns the loss terms by name, of which `loss` is what was minimized. */
  step(batch: Batch, epoch: number, step: number): Promise<Readonly<Record<string, number>>>
  /**
   * How far what was learned elsewhere was trusted in the epoch that ends; asked once an epoch. `last` says that no other epoch follows,
   * so that what is too much for each may be told once.
   */
  trust?(last: boolean): Trust | undefined
  /** Sequences or rows in a batch. */
  size(batch: Batch): number
  /** Metrics on the validation part. */
  validate(): Promise<Readonly<Record<string, number>>>
}

/**
 * The epoch loop that every gradient-trained model shares: update, validate, keep the best weights, stop when validation
 * has not gained for `patience` epochs, and yield checkpoints from which a killed run goes on to the same bits. Without a batch
 * it is done after 0 epochs.
 * @throws TributaryError `not-finite` when a loss is NaN or infinite; the weights are then the best so far, and the last checkpoint
 *   stays valid
 */
export async function* trainEpochs<Batch>(
  plan: TrainingPlan<Batch>,
  context: Pick<TrainContext, 'resume' | 'signal' | 'checkpointSeconds' | 'lessIsBetter'>,
): AsyncGenerator<TrainEvent> {
  const best = new Map<string, Tensor>()
  const keepBest = () => {
    for (const [name, tensor] of plan.weights) best.set(name, { shape: tensor.shape, data: tensor.data.slice() })
  }
  const sign = plan.metric !== undefined && context.lessIsBetter?.(plan.metric) ? -1 : 1
  let epoch = 0
  let bestEpoch = 0
  let bestValue = Number.NEGATIVE_INFINITY

  if (context.resume !== undefined) {
    const { state, tensors } = context.resume
    epoch = context.resume.epoch
    bestEpoch = state.bestEpoch as number
    // JSON has no infinities: before the first validation there is no best value.
    bestValue = (state.bestValue as number | null) ?? Number.NEGATIVE_INFINITY
    restore(plan.weights, tensors, 'weights/')
    restore(plan.state, tensors, 'moments/')
    keepBest()
    restore(best, tensors, 'best/')
    plan.scalars?.set(state.scalars as Record<string, unknown>)
  }
  const checkpoint = (): TrainEvent => {
    const tensors = new Map<string, Tensor>()
    for (const [name, tensor] of plan.weights) tensors.set(`weights/${name}`, tensor)
    for (const [name, tensor] of plan.state) tensors.set(`moments/${name}`, tensor)
    for (const [name, tensor] of best) tensors.set(`best/${name}`, tensor)
    const state = {
      bestEpoch,
      bestValue: Number.isFinite(bestValue) ? bestValue : null,
      scalars: plan.scalars?.get() ?? {},
    }
    return { type: 'checkpoint', checkpoint: { epoch, state, tensors } }
  }

  const finished = () => plan.patience > 0 && epoch - bestEpoch >= plan.patience
  let saved = performance.now()
  while (epoch < plan.epochs && !finished()) {
    const started = performance.now()
    const batches = plan.batches(epoch + 1)
    if (batches.length === 0) {
      yield { type: 'done', epochs: 0, bestEpoch: 0, reason: 'there is nothing to train on' }
      return
    }
    // A term may be there in some steps only: its mean is over these.
    const totals = new Map<string, { sum: number; count: number }>()
    for (const [index, batch] of batches.entries()) {
      await giveWay(context.signal, () => `training was stopped in epoch ${epoch + 1}`)
      const losses = await plan.step(batch, epoch + 1, index + 1).catch((error: unknown) => {
        // Whoever catches it finds the best weights there are, not the ones that broke.
        restore(plan.weights, best, '')
        throw located(error, epoch + 1, index + 1)
      })
      for (const [name, value] of Object.entries(losses)) {
        const total = totals.get(name) ?? { sum: 0, count: 0 }
        totals.set(name, { sum: total.sum + value, count: total.count + 1 })
      }
      yield {
        type: 'step',
        epoch: epoch + 1,
        step: index + 1,
        steps: batches.length,
        examples: plan.size(batch),
        losses,
      }
    }
    epoch += 1
    const validation = await plan.validate().catch((error: unknown) => {
      if (!(error instanceof TributaryError && error.code === 'interrupted')) throw error
      throw new TributaryError('interrupted', `training was stopped in epoch ${epoch}`, { cause: error })
    })
    const measured = plan.metric === undefined ? Number.NaN : validation[plan.metric]
    if (measured === undefined)
      throw new TributaryError(
        'bad-config',
        `the validation metric '${plan.metric}' is not measured; known: ${Object.keys(validation).join(', ')}`,
      )
    const value = sign * measured
    // NaN without a metric or without validation rows: then the last weights are as good as any.
    const gained = Number.isNaN(value) || value > bestValue
    if (gained) {
      if (!Number.isNaN(value)) bestValue = value
      bestEpoch = epoch
      keepBest()
    }
    const losses: Record<string, number> = {}
    for (const [name, { sum, count }] of totals) losses[name] = sum / count
    const last = epoch >= plan.epochs || finished()
    const trust = plan.trust?.(last)
    yield {
      type: 'epoch',
      epoch,
      epochs: plan.epochs,
      losses,
      ...(trust && { trust }),
      validation,
      best: gained,
      seconds: (performance.now() - started) / 1000,
    }
    if (last || performance.now() - saved >= (context.checkpointSeconds ?? 10) * 1000) {
      yield checkpoint()
      saved = performance.now()
    }
  }
  restore(plan.weights, best, '')
  const reason = finished()
    ? `no gain of ${plan.metric} for ${plan.patience} epochs`
    : `all ${plan.epochs} epochs were trained`
  yield { type: 'done', epochs: epoch, bestEpoch, reason }
}

/** Where a loss became no number, which the step alone cannot say. */
function located(error: unknown, epoch: number, step: number): unknown {
  if (!(error instanceof TributaryError && error.code === 'not-finite')) return error
  const message = `${error.message} in epoch ${epoch}, step ${step}; a smaller learning rate may help`
  return new TributaryError('not-finite', message, { cause: error })
}

/** Copies tensors of a checkpoint into live arrays of the same names. */
function restore(live: NamedTensors, saved: NamedTensors, prefix: string): void {
  if (saved.size === 0) return
  for (const [name, tensor] of live) {
    const source = saved.get(prefix + name)
    if (source === undefined || source.data.length !== tensor.data.length)
      throw new TributaryError(
        'mismatch',
        `the checkpoint ${source === undefined ? 'lacks' : 'has another size of'} '${prefix}${name}'; it belongs to another configuration`,
      )
    tensor.data.set(source.data)
  }
}
