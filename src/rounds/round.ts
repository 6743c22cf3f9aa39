import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Checkpoint,
  type NamedTensors,
  Part,
  type Split,
  type Tensor,
  type TrainContext,
  type TrainEvent,
  TributaryError,
} from '../core/index.ts'
import { decodeSafetensors, encodeSafetensors, makeFolder, readFileBytes, writeFileAtomic } from '../files/index.ts'
import { contextOf } from '../runs/context.ts'
import { openPrerequisites, type TrainedRun } from '../runs/open.ts'
import { openRun, openRunToWrite, type Run } from '../runs/run.ts'
import { average, type ShardResult } from './average.ts'

// One training as rounds of local training and averaging (McMahan et al., Communication-Efficient Learning of Deep Networks from
// Decentralized Data, AISTATS 2017; Stich, Local SGD Converges Fast and Communicates Little, ICLR 2019): in each round every shard of the
// users goes on from the same weights for some epochs, and the mean of what they come to begins the next. The run's checkpoint is that mean.

/** How a run was divided. */
export type Division = NonNullable<Run['manifest']['rounds']>

/** What a round begins with, and where it ends. */
interface Round extends Omit<TrainedRun, 'model'> {
  readonly division: Division
  /** Of the whole training, at most. */
  readonly epochs: number
  /** Before the first round: none. */
  readonly checkpoint: Checkpoint | undefined
  /** How many epochs are trained when it ends. */
  readonly end: number
}

export interface RoundOptions {
  readonly threads?: number
  readonly signal?: AbortSignal
}

/** Which shard trains with a user: as many in each, whatever their order. */
export function shardOf(user: number, shards: number): number {
  return user % shards
}

/** The split of one shard: other users' rows do not train. */
export function splitOfShard(
  { dataset, split }: Pick<TrainedRun, 'dataset' | 'split'>,
  shard: number,
  shards: number,
): Split {
  const part = split.part.slice()
  const { userStart } = dataset.log
  for (let user = 0; user < userStart.length - 1; user++) {
    if (shardOf(user, shards) === shard) continue
    for (let row = userStart[user]; row < userStart[user + 1]; row++)
      if (part[row] === Part.train) part[row] = Part.unused
  }
  return { ...split, part }
}

/** The last round that was averaged: how many epochs are trained, and whether that was all. */
export async function progressOf(folder: string): Promise<{ readonly epoch: number; readonly over: boolean }> {
  const run = await openRun(folder)
  // Not its last line: one that was killed may have written the line and not the mean.
  return { epoch: (await run.readCheckpoint())?.epoch ?? 0, over: run.manifest.status === 'done' }
}

/**
 * Trains a shard in a round, and writes what it comes to. Done once more it changes nothing.
 * @param number of the round, from 0
 * @throws TributaryError `mismatch` where the rounds before are not done, `not-supported` for a model that cannot be averaged
 */
export async function trainShard(
  folder: string,
  number: number,
  shard: number,
  options: RoundOptions = {},
): Promise<void> {
  const run = await openRun(folder)
  const round = await openRound(run, number, await run.readCheckpoint())
  if (round === undefined) return
  const { shards } = round.division
  const path = shardFile(folder, number, shard)
  if ((await readShard(path)) !== undefined) return
  const split = splitOfShard(round, shard, shards)
  let examples = 0
  let losses: Readonly<Record<string, number>> = {}
  const tellStep = (event: TrainEvent) => {
    if (event.type === 'step') examples += event.examples
    if (event.type === 'epoch') losses = event.losses
  }
  const begun = performance.now()
  const checkpoint = await trained(round, split, round.checkpoint, round.end, options, tellStep)
  const seconds = (performance.now() - begun) / 1000
  await makeFolder(join(folder, ROUNDS))
  const state = JSON.stringify({ examples, losses, seconds, scalars: checkpoint?.state.scalars ?? {} })
  // Of a shard without a training row nothing comes.
  await writeFileAtomic(path, encodeSafetensors(checkpoint === undefined ? new Map() : learned(checkpoint), { state }))
}

/**
 * Averages the shards of a round into the run, judges the mean on validation, and ends the run with its best weights after the last round,
 * or when `patience` epochs brought no gain. Done once more it changes nothing.
 * @throws TributaryError `mismatch` where a shard is missing, `in-use`
 */
export async function averageRound(folder: string, number: number, options: RoundOptions = {}): Promise<void> {
  const run = await openRunToWrite(folder)
  try {
    const checkpoint = await run.loadCheckpoint()
    // One that was killed may have written the last mean and not the end.
    if (checkpoint !== undefined && (await endsWith(run, checkpoint, options))) return
    const round = await openRound(run, number, checkpoint)
    if (round !== undefined) await endsWith(run, await averageInto(round, number, options), options)
  } finally {
    await run.release()
  }
}

/** The round that comes next; undefined where it is done already. */
async function openRound(run: Run, number: number, checkpoint: Checkpoint | undefined): Promise<Round | undefined> {
  const opened = await openPrerequisites(run, {})
  const division = run.manifest.rounds
  if (division === undefined)
    throw new TributaryError(
      'mismatch',
      `${run.folder} is not trained in rounds; begin it with tributary train --shards`,
    )
  const epochs = opened.config.epochs as number
  const done = checkpoint?.epoch ?? 0
  const first = number * division.localEpochs
  if (done > first || done >= epochs || run.manifest.status === 'done') return undefined
  if (done < first)
    throw new TributaryError('mismatch', `${run.folder} has ${done} epochs, and round ${number} begins after ${first}`)
  return { ...opened, division, epochs, checkpoint, end: Math.min(epochs, first + division.localEpochs) }
}

/**
 * Trains from a checkpoint up to an epoch; no validation row is looked at.
 * @returns the last checkpoint; undefined where there is nothing to train on
 */
async function trained(
  round: Pick<Round, 'run' | 'spec' | 'config' | 'dataset' | 'split'>,
  split: Split,
  resume: Checkpoint | undefined,
  epochs: number,
  { threads = 1, signal }: RoundOptions,
  tell: (event: TrainEvent) => void,
): Promise<Checkpoint | undefined> {
  const { spec, dataset, run } = round
  const config: Record<string, unknown> = { ...round.config, epochs, patience: 0 }
  // What is fitted to the log before the first step is fitted to all of it.
  const model = spec.create(config, dataset, round.split, { seed: run.manifest.seed, threads })
  const context: TrainContext = {
    ...contextOf({
      spec,
      config,
      dataset,
      split,
      seed: run.manifest.seed,
      threads,
      signal,
      resume,
      checkpointSeconds: 1e9,
    }),
    validate: async () => ({ [String(config.metric)]: Number.NaN }),
  }
  try {
    for await (const event of spec.train(model, config, context)) {
      tell(event)
      // The arrays are those of the model, which is done with.
      if (event.type === 'checkpoint' && event.checkpoint.epoch >= epochs) return copied(event.checkpoint)
    }
    return undefined
  } finally {
    await model.dispose()
  }
}

async function averageInto(round: Round, number: number, options: RoundOptions): Promise<Checkpoint> {
  const { run, division, end, epochs } = round
  const begun = performance.now()
  const shards: ShardResult[] = []
  for (let shard = 0; shard < division.shards; shard++) {
    const result = await readShard(shardFile(run.folder, number, shard))
    if (result === undefined)
      throw new TributaryError('mismatch', `${run.folder} lacks shard ${shard} of round ${number}; train it first`)
    shards.push(result)
  }
  const { tensors, losses, scalars } = average(shards)
  if (tensors.size === 0)
    throw new TributaryError('bad-dataset', `${round.spec.name} has nothing to train on: no shard has a training row`)
  const now = { epoch: end, state: { scalars }, tensors }
  const validation = await validated(round, now, options)
  const { metric } = round.config
  const before = round.checkpoint?.state as { bestEpoch: number; bestValue: number | null } | undefined
  const value = validation[String(metric)] ?? Number.NaN
  const { lessIsBetter } = contextOf({ ...round, seed: run.manifest.seed, threads: 1 })
  const sign = lessIsBetter?.(String(metric)) ? -1 : 1
  const best = Number.isNaN(value) || before?.bestValue == null || sign * value > before.bestValue
  const all = new Map(tensors)
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(WEIGHTS)) continue
    const key = BEST + name.slice(WEIGHTS.length)
    all.set(key, best ? tensor : round.checkpoint!.tensors.get(key)!)
  }
  const checkpoint: Checkpoint = {
    epoch: end,
    state: {
      bestEpoch: best ? end : before!.bestEpoch,
      bestValue: best ? (Number.isNaN(value) ? null : sign * value) : before!.bestValue,
      scalars,
    },
    tensors: all,
  }
  // The shards of a round train side by side.
  const seconds = Math.max(...shards.map((shard) => shard.seconds)) + (performance.now() - begun) / 1000
  await run.appendMetrics({ type: 'epoch', epoch: end, epochs, losses, validation, best, seconds })
  await run.saveCheckpoint(checkpoint)
  for (let shard = 0; shard < division.shards; shard++) await rm(shardFile(run.folder, number, shard), { force: true })
  return checkpoint
}

/** A model with the weights of a checkpoint, as its training leaves it that has no epoch left. */
async function modelAt(
  { spec, config, dataset, split, run }: Pick<Round, 'run' | 'spec' | 'config' | 'dataset' | 'split'>,
  { epoch, state, tensors }: Checkpoint,
  which: typeof WEIGHTS | typeof BEST,
  { threads = 1 }: RoundOptions,
) {
  const seed = run.manifest.seed
  const until = { ...config, epochs: epoch, patience: 0 }
  const model = spec.create(until, dataset, split, { seed, threads })
  const all = new Map(tensors)
  for (const [name, tensor] of tensors) if (name.startsWith(which)) all.set(BEST + name.slice(which.length), tensor)
  const resume = { epoch, state: { bestEpoch: epoch, bestValue: null, scalars: state.scalars }, tensors: all }
  const context = contextOf({ spec, config: until, dataset, split, seed, threads, resume })
  for await (const event of spec.train(model, until, context)) void event
  return { model, context }
}

async function validated(round: Round, checkpoint: Checkpoint, options: RoundOptions) {
  const { model, context } = await modelAt(round, checkpoint, WEIGHTS, options)
  try {
    return await context.validate(model)
  } finally {
    await model.dispose()
  }
}

/** Ends the run where no round follows a mean. @returns whether it is ended */
async function endsWith(run: Run, checkpoint: Checkpoint, options: RoundOptions): Promise<boolean> {
  if (run.manifest.status === 'done') return true
  const opened = await openPrerequisites(run, {})
  const { epochs, patience = 0, metric } = opened.config as { epochs: number; patience?: number; metric?: string }
  const { epoch, state } = checkpoint
  const bestEpoch = state.bestEpoch as number
  const finished = patience > 0 && epoch - bestEpoch >= patience
  if (epoch < epochs && !finished) return false
  const lines = await run.readMetrics()
  const { model } = await modelAt(opened, checkpoint, BEST, options)
  try {
    await run.saveWeights(model.weights())
  } finally {
    await model.dispose()
  }
  const best = lines.find((line) => line.epoch === bestEpoch) as { validation?: Record<string, number> } | undefined
  const validation = Object.entries(best?.validation ?? {}).filter(([, value]) => Number.isFinite(value))
  const reason = finished ? `no gain of ${metric} for ${patience} epochs` : `all ${epochs} epochs were trained`
  const seconds = lines.reduce((sum, line) => sum + Number(line.seconds), 0)
  const result = { epochs: epoch, bestEpoch, reason, seconds, validation: Object.fromEntries(validation) }
  await run.updateManifest({ status: 'done', result })
  await rm(join(run.folder, ROUNDS), { recursive: true, force: true })
  return true
}

const ROUNDS = 'rounds'
const [WEIGHTS, BEST] = ['weights/', 'best/'] as const

function shardFile(folder: string, number: number, shard: number): string {
  return join(folder, ROUNDS, `${number}-${shard}.safetensors`)
}

/** Weights and what the optimizer keeps: all that the next round goes on from. */
function learned({ tensors }: Checkpoint): NamedTensors {
  return new Map([...tensors].filter(([name]) => !name.startsWith(BEST)))
}

function copied({ epoch, state, tensors }: Checkpoint): Checkpoint {
  const copies = [...tensors].map(([name, { shape, data }]): [string, Tensor] => [name, { shape, data: data.slice() }])
  return { epoch, state, tensors: new Map(copies) }
}

async function readShard(path: string): Promise<ShardResult | undefined> {
  const bytes = await readFileBytes(path).catch((error: unknown) => {
    if (error instanceof TributaryError && error.code === 'file-missing') return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  const { tensors, metadata } = decodeSafetensors(bytes, path)
  return { tensors, ...(JSON.parse(metadata.state) as Omit<ShardResult, 'tensors'>) }
}
