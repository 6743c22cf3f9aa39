import type { output, ZodObject } from 'zod'
import type { Dataset, Split } from './dataset.ts'
import type { Demonstrations } from './demonstrations.ts'
import { answerFromLearned } from './learned.ts'
import type { WorldModel } from './policy.ts'
import type { Query, Scorer } from './query.ts'
import type { NamedTensors, Tensor } from './tensor.ts'
import type { Trust, Trusted } from './trust.ts'

/** A scorer with named weights: everything that scoring needs and that is not in the dataset or the config. */
export interface Model extends Scorer {
  weights(): NamedTensors
  /** Replaces the weights by those of a file; throws `file-damaged` or `mismatch` when names or shapes do not fit. */
  load(weights: NamedTensors): void
  /** What it can do that not every model can. */
  readonly can?: Partial<Capabilities>
  /** Frees executors and their threads. The model must not be used afterwards. */
  dispose(): Promise<void>
}

/** What some models can, by the name that it is asked for by. */
export interface Capabilities {
  /**
   * How far it trusts what it learned elsewhere, of models whose weights say so; others say it while they train (`TrainEvent`).
   * @param user who is asked about; a model that tells of some users alone tells of this one
   */
  trust(user?: number): Promise<Trust>
  /** What it believes of every pair, of models that policies learn in. */
  worldModel(): Promise<WorldModel>
  /**
   * How much each domain counted in the score of `items[i]` for `queries[i]`: [queries, domains], row-major. A row is not negative and adds
   * up to 1, and has 0 for domains in which the user is unknown; it is 0 throughout where no domain but the answer's own had a say.
   */
  sources(queries: readonly Query[], items: Int32Array): Promise<Float32Array>
  /** What it ranks by, of models that do so by products of vectors. */
  vectors(): Promise<ScoringVectors>
}

/** ScoringVectors whose products are scores. */
export interface ScoringVectors {
  /** d. */
  readonly width: number
  /** Whether a question has another vector in each domain, which scores the items of that domain alone. */
  readonly byDomain: boolean
  /** By id, row-major; that of PAD means nothing. [V, d] */
  readonly items: Float32Array
  /** ScoringVectors of questions: the score of an item with training rows is the product of its vector with that of the question. [queries, d] */
  of(queries: readonly Query[]): Promise<Float32Array>
  /**
   * What the vector of a question is made from, for files that answer without this program: its user and domain alone, or its history,
   * by encoders of which one answers, or one in each domain, in their order. Absent where no file can say it.
   */
  readonly from?: 'user' | readonly HistoryEncoder[]
}

/** A node of a graph of the engine, which alone knows more of it. */
export interface GraphNode {
  readonly shape: readonly (number | string)[]
}

/** How a history becomes the vector of a question, as data. */
export interface HistoryEncoder {
  /** [B, d]. The graph reads weights, and what `feeds` says of histories, by name. */
  readonly state: GraphNode
  readonly weights: NamedTensors
  /** T: the most recent items and the question, padded with 0 on the left. */
  readonly length: number
  /** Ids that follow the history. */
  readonly question: readonly number[]
  /** Which items it reads: all, those of the domain asked for, or all until the last of these. */
  readonly reads: 'all' | 'own' | 'until'
  /** What stands before its items among those of the dataset: its ids are the dataset's less this. */
  readonly offset: number
  /** What the graph reads of histories [size, T] beside `asked`. */
  feeds(histories: {
    readonly size: number
    readonly length: number
    readonly items: Int32Array
  }): Readonly<Record<string, Tensor>>
  /** The input that tells each position which domain is asked for, [B, T, D], where it has such. */
  readonly asked?: string
}

/** Everything that training needs to go on where it stopped, to the bit. */
export interface Checkpoint {
  /** Epochs completed. */
  readonly epoch: number
  /** JSON: best epoch, best value, epochs without gain, and whatever scalars the model itself keeps. */
  readonly state: Readonly<Record<string, unknown>>
  /** Weights, best weights and moments of the optimizer. */
  readonly tensors: NamedTensors
}

/** Options that a model tried on validation cases within its training, and what they reached. */
export interface TriedOptions {
  readonly options: Readonly<Record<string, number | boolean>>
  readonly validation: Readonly<Record<string, number>>
}

/** What a policy is paid an episode in the world that it learned in, after its training. */
export interface Believed {
  readonly return: number
  /** What one list for all is paid there: the items that are believed to please users best on average. */
  readonly listReturn: number
  /** The mean of −log π(a | s) over its turns. */
  readonly entropy: number
  /** log A, of one that takes any of A items. */
  readonly entropyAtRandom: number
}

export type TrainEvent =
  /** One update of the weights. `examples` counts sequences or rows. */
  | {
      readonly type: 'step'
      readonly epoch: number
      readonly step: number
      readonly steps: number
      readonly examples: number
      readonly losses: Readonly<Record<string, number>>
      /** The domain at work, where domains are trained one after the other. */
      readonly domain?: string
      /** How much of the whole training is done, if it goes on to the last epoch, where epochs do not say it; 0 while it is prepared. */
      readonly share?: number
    }
  /** One pass over the training data; losses are means over its steps, validation is what selection sees. */
  | {
      readonly type: 'epoch'
      readonly epoch: number
      readonly epochs: number
      readonly losses: Readonly<Record<string, number>>
      /** How far it trusted what it learned elsewhere, as a mean over the steps or as it stood at the end. */
      readonly trust?: Trust
      readonly validation?: Readonly<Record<string, number>>
      readonly best: boolean
      readonly seconds: number
      readonly domain?: string
      /** Of a model that chooses options by validation: all that it tried. The figures of the chosen ones are `validation`. */
      readonly tried?: readonly TriedOptions[]
      /** What a policy then earned in the dataset's truth, by mode and figure: only to be looked at, and put in by the flow. */
      readonly simulation?: Readonly<Record<string, Readonly<Record<string, number>>>>
    }
  /** A state to resume from; the run directory writes it before asking for the next event. */
  | { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** The last event. The model now holds the best weights. */
  | {
      readonly type: 'done'
      readonly epochs: number
      readonly bestEpoch: number
      readonly reason: string
      /** Of a policy that learned in a believed world. */
      readonly believed?: Believed
      /** What makes the result doubtful, a sentence each. */
      readonly cautions?: readonly string[]
    }

export interface ModelContext {
  readonly seed: number
  /** Threads of the executor. */
  readonly threads: number
  /** It is loaded once and then asked, by requests that want the cores too: threads that wait for work leave their core to others. */
  readonly serving?: boolean | undefined
}

export interface TrainContext extends ModelContext {
  readonly dataset: Dataset
  readonly split: Split
  /** Metrics on the validation part, by name (`ndcg@10`, `hr@10`, `mrr`, …); optionally in one domain only. */
  validate(model: Scorer, domain?: number): Promise<Readonly<Record<string, number>>>
  /** Whether a metric is one of which less is better; absent: none is. */
  lessIsBetter?(metric: string): boolean
  /**
   * The model of another finished run of the same dataset, for options that name one (`worldModel=RUN`); the caller disposes of it.
   * Absent where there are no runs.
   * @throws TributaryError `not-found`; `mismatch` for a run that is unfinished or of another dataset
   */
  openRun?(folder: string): Promise<Model>
  /**
   * A folder of demonstrations in the ids of the dataset, for options that name one (`demonstrations=FOLDER`). Absent where there are no folders.
   * @throws TributaryError `file-missing`; `mismatch` for demonstrations of nobody whom the dataset knows, or others than training began with
   */
  openDemonstrations?(folder: string): Promise<Demonstrations>
  /**
   * ScoringVectors of the items by their ids, all of one length, zeros for those that the file does not name, for options that name one
   * (`itemVectors=FILE`). Absent where there are no files.
   * @throws TributaryError `file-missing`; `mismatch` for a file that names no item of the dataset, or others than training began with
   */
  openItemVectors?(file: string): Promise<readonly Float32Array[]>
  readonly resume?: Checkpoint | undefined
  /** More epochs are allowed, or more patience, than when `resume` was made. */
  readonly prolonged?: boolean | undefined
  /** The weights have learned from an earlier log; nothing is to be put in their place before the first step. */
  readonly warm?: boolean | undefined
  readonly signal?: AbortSignal
  /** Least time between two checkpoints, so that short epochs do not wait for the disk; 0 is one every epoch. Default 10. */
  readonly checkpointSeconds?: number
}

/** `policy`: a model that is also a `Policy`, measured in a simulator, and ranking what it would take first. */
export type Task = 'ranking' | 'ctr' | 'rating' | 'policy'

/** Its scores order items; those of the other tasks mean something by themselves. */
export function ranksItems(task: Task): task is 'ranking' | 'policy' {
  return task === 'ranking' || task === 'policy'
}

/** One implementation: what it is, what can be set, how it is made and trained. `ZodObject` is its config's schema. */
export interface ModelSpec<C extends ZodObject = ZodObject, M extends Model = Model> {
  readonly name: string
  readonly task: Task
  /** One sentence for lists and help. */
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  readonly config: C
  /**
   * Why it answers by itself where users or items have no training rows. Absent: where it ranks, it does so by
   * vectors that begin at random, and `answerFromLearned` holds it to what it learned.
   */
  readonly unlearned?: string
  /** Why its training cannot be done in shards whose weights are averaged between epochs; absent where it can. */
  readonly undivided?: string
  /** What its models trust to different degrees: they have the capability `trust`, or say it while they train. */
  readonly trusts?: Trusted
  // Methods, not properties: a spec of a special config is usable where any spec is expected.
  create(config: output<C>, dataset: Dataset, split: Split, context: ModelContext): M
  train(model: M, config: output<C>, context: TrainContext): AsyncGenerator<TrainEvent>
}

/** Declares a model: `create` and `train` see the config's own type, and what never learned is not served as if it had. */
export function defineModel<C extends ZodObject, M extends Model>(spec: ModelSpec<C, M>): ModelSpec<C, M> {
  // Labels and ratings mean something by themselves: there is no number below them all.
  if (spec.unlearned !== undefined || !ranksItems(spec.task)) return spec
  return {
    ...spec,
    create: (config, dataset, split, context) =>
      answerFromLearned(spec.create(config, dataset, split, context), dataset, split),
  }
}
