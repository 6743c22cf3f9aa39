import {
  type Checkpoint,
  type Model,
  type ModelSpec,
  type NamedTensors,
  Part,
  parseConfig,
  type Query,
  type Scorer,
  type Tensor,
  type TrainContext,
  type TrainEvent,
} from '../core/index.ts'

import { evaluationCases } from '../data/index.ts'
import { labels, ratings } from '../evaluation/measures/index.ts'
import { rankAnswers } from '../evaluation/recommend.ts'
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.ts'
import { startTraining } from '../runs/in-memory.ts'
import type { World } from './worlds.ts'

export interface InMemoryOptions {
  readonly seed?: number
  readonly threads?: number
  readonly serving?: boolean
  readonly resume?: Checkpoint
  readonly signal?: AbortSignal
  /** The models of other runs, for options that name one. */
  readonly openRun?: TrainContext['openRun']
  /** Demonstrations for options that name a folder. */
  readonly openDemonstrations?: TrainContext['openDemonstrations']
  /** Sees every event as it comes. */
  readonly onEvent?: (event: TrainEvent) => void
}

export interface Trained {
  readonly model: Model
  readonly events: readonly TrainEvent[]
  /** As a file would give them back. */
  readonly checkpoints: readonly Checkpoint[]
}

/** The model as it is before training. */
export function createModel(
  spec: ModelSpec,
  overrides: Readonly<Record<string, unknown>>,
  { dataset, split }: World,
  { seed = 1, threads = 1, serving }: InMemoryOptions = {},
): Model {
  return spec.create(parseConfig(spec, overrides).config, dataset, split, { seed, threads, serving })
}

/** Trains to the end without a run directory, with a checkpoint every epoch. */
export async function trainInMemory(
  spec: ModelSpec,
  overrides: Readonly<Record<string, unknown>>,
  world: World,
  options: InMemoryOptions = {},
): Promise<Trained> {
  const { seed = 1, threads = 1, resume, signal, openRun, openDemonstrations, onEvent } = options
  const { config } = parseConfig(spec, overrides)
  const { model, events: running } = startTraining({
    ...world,
    spec,
    config,
    seed,
    threads,
    checkpointSeconds: 0,
    ...(resume && { resume }),
    ...(signal && { signal }),
    ...(openRun && { openRun }),
    ...(openDemonstrations && { openDemonstrations }),
  })
  const events: TrainEvent[] = []
  const checkpoints: Checkpoint[] = []
  for await (const event of running) {
    events.push(event)
    if (event.type === 'checkpoint') checkpoints.push(throughFile(event.checkpoint))
    onEvent?.(event)
  }
  return { model, events, checkpoints }
}

function throughFile({ epoch, state, tensors }: Checkpoint): Checkpoint {
  return { epoch, state: JSON.parse(JSON.stringify(state)) as Checkpoint['state'], tensors: reloaded(tensors) }
}

/** What saving and opening a weights file gives. */
export function reloaded(tensors: NamedTensors): NamedTensors {
  const bytes = Buffer.concat(encodeSafetensors(tensors))
  return decodeSafetensors(new Uint8Array(bytes), 'weights.safetensors').tensors
}

/** Copies, so that later training cannot change them. */
export function snapshot(tensors: NamedTensors): ReadonlyMap<string, Tensor> {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]))
}

/** Hit rate at k on the test part, ties counting against the model. */
export async function hitRate(
  scorer: Scorer,
  { dataset, split }: World,
  k: number,
  options: { maskSeen?: boolean; domain?: string } = {},
): Promise<number> {
  const cases = evaluationCases(dataset, split, Part.test)
  const wanted = options.domain === undefined ? undefined : dataset.domains.indexOf(options.domain)
  const kept = cases.queries.flatMap((query, i) => (wanted === undefined || query.domain === wanted ? [i] : []))
  const queries = kept.map((i) => cases.queries[i])
  const answers = Int32Array.from(kept, (i) => cases.answers[i])
  const { ranks } = await rankAnswers(scorer, dataset, queries, answers, { maskSeen: options.maskSeen ?? false })
  return ranks.filter((rank) => rank < k).length / ranks.length
}

/** AUC of the test part's labels: .5 is chance. */
export async function testAuc(scorer: Scorer, { dataset, split }: World): Promise<number> {
  const cases = evaluationCases(dataset, split, Part.test)
  const { overall } = await labels.evaluate(scorer, dataset, cases, { positiveAbove: 3 })
  return overall.auc
}

/** RMSE of the test part's predictions, and the standard deviation of its ratings: what a constant errs by at least. */
export async function testErrors(
  scorer: Scorer,
  { dataset, split }: World,
): Promise<{ rmse: number; deviation: number }> {
  const cases = evaluationCases(dataset, split, Part.test)
  const { overall, labels: given } = await ratings.evaluate(scorer, dataset, cases)
  const mean = given.reduce((a, b) => a + b, 0) / given.length
  const deviation = Math.sqrt(given.reduce((sum, label) => sum + (label - mean) ** 2, 0) / given.length)
  return { rmse: overall.rmse, deviation }
}

/** The test part's queries, and strangers with unusual histories. */
export function sampleQueries({ dataset, split }: World, count: number): Query[] {
  const { queries } = evaluationCases(dataset, split, Part.test)
  const items = dataset.items.size
  const { value } = dataset.log
  const strange = dataset.domains.flatMap((_, domain): Query[] =>
    [new Int32Array(0), Int32Array.of(items - 1), Int32Array.from({ length: 70 }, (_, t) => 1 + (t % (items - 1)))].map(
      (history) => ({
        history,
        ...(value && { values: Float32Array.from(history, (_, t) => value[t % value.length]) }),
        domain,
      }),
    ),
  )
  return [...queries.slice(0, count), ...strange]
}
