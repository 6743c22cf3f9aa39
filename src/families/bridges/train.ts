import {
  type Checkpoint,
  type Dataset,
  type NamedTensors,
  type Tensor,
  type TrainContext,
  type TrainEvent,
  TributaryError,
  tensorsBelow,
  tensorsUnder,
} from '../../core/index.ts'
import { createRng, inBatches, type Rng } from '../../math/index.ts'
import {
  adam,
  type Feeds,
  gradientStep,
  loadWeights,
  type Parameters,
  type TrainingPlan,
  trainEpochs,
} from '../../nn/index.ts'
import { input, mean, type Sym, square, subtract } from '../../tensor/index.ts'
import { type Factors, takeFactors, type UserRatings } from './factors.ts'
import { fitDomains } from './fit.ts'
import type { BridgeConfig } from './options.ts'
import { type BridgeTarget, predictionsOf } from './target.ts'

/** How one target is trained; the epochs, validation and checkpoints are the family's. */
export type BridgeTraining<Batch = unknown> = Pick<
  TrainingPlan<Batch>,
  'state' | 'scalars' | 'batches' | 'step' | 'size' | 'trust'
>

/** Rows of the target: who rated what, and how. */
export interface RatingBatch extends UserRatings {
  /** Of the log. */
  readonly row: Int32Array
  /** Where a target hears itself: 1 for whom it is to answer as if they were new in it. */
  readonly asNew?: Uint8Array | undefined
}

/** Feeds of a batch: its users' sources, vectors of its items as `item` [B, n], and `rating` [B] beyond what items and users add by themselves. */
export function ratingFeeds(target: BridgeTarget, batch: RatingBatch): Feeds {
  return ratingScene(target, batch).feeds
}

/** The same, and what items and users add by themselves, [B]. */
export function ratingScene(
  target: BridgeTarget,
  { row, user, item, value, asNew }: RatingBatch,
): { readonly feeds: Feeds; readonly beside: Float64Array } {
  const { factors } = target
  // What a user gave an item must not tell of itself.
  const hidden = (b: number) => (asNew?.[b] === 1 ? { newIn: target.target } : { withoutRow: row[b] })
  const people = Array.from(user, (u, b) => target.personOf({ user: u, ...(asNew && hidden(b)) }))
  const { base, vectors } = factors.unseen({ user, item, value })
  const beside = base.map((b, i) => b + people[i].offset)
  const feeds = {
    ...target.inputs.feeds(people),
    item: { shape: [item.length, factors.width], data: vectors },
    rating: { shape: [item.length], data: Float32Array.from(value, (y, i) => y - beside[i]) },
  }
  return { feeds, beside }
}

/** What `ratingFeeds` feeds beside the users' sources. */
export function ratingInputs({ factors }: BridgeTarget): { readonly item: Sym; readonly rating: Sym } {
  return { item: input('item', ['B', factors.width]), rating: input('rating', ['B']) }
}

/** The rows that a target trains on, each once an epoch, in drawn order. Of a target that hears itself half are asked as if by new users. */
export function ratingBatches(
  { rows, hearsItself }: BridgeTarget,
  { log }: Dataset,
  batchSize: number,
  rng: Rng,
): RatingBatch[] {
  const order = rng.shuffle(rows.slice())
  const drawn = rng.split('as new')
  const batches: RatingBatch[] = []
  for (let start = 0; start < order.length; start += batchSize) {
    const row = order.subarray(start, start + batchSize)
    batches.push({
      row,
      user: row.map((one) => log.user[one]),
      item: row.map((one) => log.item[one]),
      value: Float32Array.from(row, (one) => log.value![one]),
      ...(hearsItself && { asNew: Uint8Array.from(row, () => drawn.below(2)) }),
    })
  }
  return batches
}

/** Lowers the squared error of ratings by Adam, through the network. */
export function trainOnRatings(
  target: BridgeTarget,
  { learningRate, weightDecay, batchSize }: BridgeConfig,
  { dataset }: TrainContext,
  rng: Rng,
): BridgeTraining<RatingBatch> {
  const { network, parameters, programs } = target
  const { item, rating } = ratingInputs(target)
  const predicted = predictionsOf(network, network.states, item)
  const step = gradientStep({
    loss: mean(square(subtract(predicted.rating, rating))),
    parameters,
    optimizer: adam({ learningRate, weightDecay }),
    programs,
    key: `${target.name}/ratings`,
  })
  return {
    state: step.state,
    batches: (epoch) => ratingBatches(target, dataset, batchSize, rng.split('epoch', epoch)),
    async step(batch) {
      const { loss } = await step.run(ratingFeeds(target, batch))
      return { loss }
    },
    size: ({ user }) => user.length,
  }
}

/**
 * Lowers what is made of the users' own vectors in the target, [B, n], by Adam, over the users who train there and are known in a source.
 * @param loss of the vectors that a network should have found
 */
export function trainOnVectors(
  target: BridgeTarget,
  { learningRate, weightDecay, batchSize }: BridgeConfig,
  { dataset }: TrainContext,
  rng: Rng,
  loss: (own: Sym) => Sym,
): BridgeTraining<Int32Array> {
  const { factors, parameters, programs } = target
  const { width } = factors
  const step = gradientStep({
    loss: loss(input('own', ['B', width])),
    parameters,
    optimizer: adam({ learningRate, weightDecay }),
    programs,
    key: `${target.name}/vectors`,
  })
  const users = Int32Array.from(new Set(target.rows.map((row) => dataset.log.user[row])))
  return {
    state: step.state,
    batches: (epoch) => inBatches(rng.split('epoch', epoch).shuffle(users.slice()), batchSize),
    async step(batch) {
      const { loss } = await step.run({
        ...target.inputs.feeds(Array.from(batch, (user) => target.personOf({ user }))),
        own: ownVectors(target, batch),
      })
      return { loss }
    },
    size: ({ length }) => length,
  }
}

/** What the own vectors of users in the target say of its items, [B, n]. */
export function ownVectors({ factors, target }: BridgeTarget, users: Int32Array): Tensor<Float32Array> {
  const data = new Float32Array(users.length * factors.width)
  for (const [b, user] of users.entries()) {
    const own = factors.trained(target, user)
    if (own !== undefined) data.set(factors.answer(own.vector), b * factors.width)
  }
  return { shape: [users.length, factors.width], data }
}

/** Some of a network's weights, for a step that changes these alone; the others are to be fed. */
export function partOf(
  { symbols, tensors }: Parameters,
  belongs: (name: string) => boolean,
): Pick<Parameters, 'symbols' | 'tensors'> {
  const part = <X>(of: ReadonlyMap<string, X>) => new Map([...of].filter(([name]) => belongs(name)))
  return { symbols: part(symbols), tensors: part(tensors) }
}

interface TrainedParts {
  readonly factors: Factors
  /** In the order in which they are trained. */
  readonly targets: readonly BridgeTarget[]
}

/**
 * First the vectors of all domains, then one target after the other. The checkpoint names the target at work; the weights of what is finished stand
 * in it beside the state of that one.
 */
export async function* trainBridges(
  name: string,
  { factors, targets }: TrainedParts,
  config: BridgeConfig,
  context: TrainContext,
  trainingOf: (target: BridgeTarget, rng: Rng) => BridgeTraining,
  validate: (target: BridgeTarget) => Promise<Readonly<Record<string, number>>>,
): AsyncGenerator<TrainEvent> {
  const { resume } = context
  const rng = createRng(context.seed).split(name, 'train')
  const finished = (before: number): NamedTensors =>
    new Map([...factors.weights, ...targets.slice(0, before).flatMap((target) => [...targetWeights(target)])])
  const first = (resume?.state.target as number | undefined) ?? 0
  const done: { epochs: number; bestEpoch: number; reason: string }[] =
    (resume?.state.done as { epochs: number; bestEpoch: number; reason: string }[] | undefined)?.slice() ?? []
  const checkpoint = (at: number, inner?: Checkpoint): TrainEvent => {
    const tensors = new Map([
      ...tensorsUnder(finished(at), 'finished/'),
      ...tensorsUnder(inner?.tensors ?? new Map(), 'training/'),
    ])
    const epoch = done.reduce((total, { epochs }) => total + epochs, inner?.epoch ?? 0)
    const state = {
      target: at,
      done: done.slice(),
      ...(inner && { inner: { epoch: inner.epoch, state: inner.state } }),
    }
    return { type: 'checkpoint', checkpoint: { epoch, state, tensors } }
  }
  if (context.prolonged && first > 0)
    throw new TributaryError(
      'mismatch',
      `${targets[0].name} has been trained to its end, and targets that are trained one after the other cannot be gone on with; train again with --overwrite to give them more epochs or patience`,
    )
  if (resume !== undefined) {
    loadWeights(finished(first), tensorsBelow(resume.tensors, 'finished/'))
    factors.renew()
  } else {
    if (!(await takeFactors(factors, config.factors, context)))
      for await (const event of fitDomains(factors, config, context)) yield { ...event, share: 0 }
    yield checkpoint(0)
  }
  const rowsOf = (some: readonly BridgeTarget[]) => some.reduce((sum, { rows }) => sum + rows.length, 0)
  for (const [t, target] of targets.entries()) {
    if (t < first) continue
    const shareOf = ({ epoch, step, steps }: TrainEvent & { type: 'step' }) =>
      (rowsOf(targets.slice(0, t)) + (target.rows.length * (epoch - 1 + step / steps)) / config.epochs) /
      rowsOf(targets)
    const named = targets.length > 1 ? { domain: target.name } : {}
    const inner = t === first ? innerCheckpoint(resume) : undefined
    const plan = {
      ...trainingOf(target, rng.split(target.name)),
      ...{ epochs: config.epochs, patience: config.patience, metric: config.metric },
      weights: target.parameters.tensors,
      validate: () => validate(target),
    }
    for await (const event of trainEpochs(plan, { ...context, resume: inner })) {
      if (event.type === 'checkpoint') yield checkpoint(t, event.checkpoint)
      else if (event.type === 'done') {
        const { epochs, bestEpoch, reason } = event
        done.push({ epochs, bestEpoch, reason })
      } else yield { ...event, ...named, ...(event.type === 'step' && { share: shareOf(event) }) }
    }
  }
  const epochs = done.reduce((total, one) => total + one.epochs, 0)
  const listed = done.map(({ bestEpoch }, t) => `${targets[t].name} ${bestEpoch}`).join(', ')
  yield done.length === 1
    ? { type: 'done', ...done[0] }
    : { type: 'done', epochs, bestEpoch: epochs, reason: `every target was trained by itself; best epochs: ${listed}` }
}

/** The weights of a target's network under `TARGET/`. */
export function targetWeights({ name, parameters }: BridgeTarget): NamedTensors {
  return tensorsUnder(parameters.tensors, `${name}/`)
}

function innerCheckpoint(checkpoint: Checkpoint | undefined): Checkpoint | undefined {
  const inner = checkpoint?.state.inner as Pick<Checkpoint, 'epoch' | 'state'> | undefined
  return inner && { ...inner, tensors: tensorsBelow(checkpoint!.tensors, 'training/') }
}
