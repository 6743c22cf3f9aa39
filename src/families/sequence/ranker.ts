import type { ItemRange, Model, NamedTensors, Query, Tensor } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import {
  createDropout,
  type Dropout,
  type EmbeddingTable,
  type Feeds,
  gatheredRows,
  gradientStep,
  loadWeights,
  type Optimizer,
  type Parameters,
} from '../../nn/index.ts'
import {
  add,
  cast,
  createPrograms,
  type Dim,
  gather,
  input,
  matmul,
  multiply,
  type Program,
  reshape,
  runWith,
  type Sym,
} from '../../tensor/index.ts'
import type { RankingLoss } from '../ranking/index.ts'
import { MASKED, type SequenceEncoder } from './encoder.ts'

/** Sequences with a target at (some) positions; a `SequenceBatch` of the data part. */
export interface TargetedBatch {
  readonly size: number
  readonly length: number
  /** [B, T], left-padded with 0; may hold `MASKED`. */
  readonly items: Int32Array
  /** [B, T], 0 where there is none; of encoders of whole histories the last position alone counts. */
  readonly targets: Int32Array
}

export interface SequenceRankerOptions {
  readonly encoder: SequenceEncoder
  readonly parameters: Parameters
  readonly table: EmbeddingTable
  /** T at most: of longer histories the most recent items count. */
  readonly maxLength: number
  readonly dropout: number
  readonly threads: number
}

export interface TrainerOptions {
  /** Builds the objective over states [N, d]. */
  readonly loss: (states: Sym, table: EmbeddingTable) => RankingLoss
  readonly optimizer: Optimizer
  /** Update every row of the item table each step (dense), not only those that the batch touched (lazy). */
  readonly dense: boolean
  /** Logits a target has in the objective, at most; bounds the memory of a step. */
  readonly logitsPerTarget: number
}

/** A model that ranks by state · item, and makes the step that trains it. */
export interface SequenceRanker extends Model {
  readonly table: EmbeddingTable
  readonly encoder: SequenceEncoder
  trainer(options: TrainerOptions): {
    /** Whatever changes beside the weights. */
    readonly state: NamedTensors
    /** One update; `rng` fixes dropout and sampled items. */
    step(batch: TargetedBatch, negatives: Int32Array | undefined, rng: Rng): Promise<{ loss: number }>
  }
}

/** The most logits that one run of the training graph may hold; a larger batch is split and its gradients are added. */
const MAX_LOGITS = 32_000_000
/** Queries encoded in one run when scoring. */
const SCORE_CHUNK = 256

export function createSequenceRanker(options: SequenceRankerOptions): SequenceRanker {
  const { encoder, parameters, table, maxLength, threads } = options
  const whole = encoder.targets === 'last'
  /** Places that a question takes beside the history. */
  const questions = encoder.targets === 'masked' ? 1 : 0
  const programs = createPrograms({ threads })
  const states = (T: Dim, dropout: Dropout) => {
    const rows = gather(table.symbol, input('ids', ['B', T], 'int32')) // [B, T, d]
    const keep = cast(input('keep', ['B', T], 'uint8'), 'float32') // [B, T]
    return { rows, states: encoder.encode({ rows, keep, dropout }) }
  }
  /** Scoring reads less of the weights where a model has parts that only train. */
  const run = (program: Program, feeds: Readonly<Record<string, Tensor>>) =>
    runWith(program, { [table.name]: table.tensor, ...Object.fromEntries(parameters.tensors), ...feeds })
  const batchFeeds = (items: Int32Array, size: number, length: number): Record<string, Tensor> => {
    const keep = new Uint8Array(items.length)
    for (let i = 0; i < items.length; i++) keep[i] = items[i] === 0 ? 0 : 1
    const shape = [size, length]
    return {
      ids: { shape, data: unmasked(items) },
      keep: { shape, data: keep },
      ...encoder.feeds?.({ size, length, items }),
    }
  }

  // The last state of each sequence, and its products with a range of items: two programs, so that a long catalogue can be
  // scored in pieces without encoding the histories again.
  const encoders = new Map<Dim, Promise<Program>>()
  const encoderAt = (length: number) => {
    const T = encoder.unrolled ? length : 'T'
    const program = encoders.get(T) ?? programs.compile({ last: lastState(T) })
    encoders.set(T, program)
    return program
  }
  const lastState = (T: Dim) => {
    const { states: all } = states(T, createDropout(0))
    if (whole) return all
    return gather(reshape(all, [multiplied('B', T), table.width]), input('last', ['B'], 'int32')) // [B, d]
  }
  const products = matmul(input('states', ['B', table.width]), input('block', ['R', table.width]), { transposeB: true })
  // Declares the weights, so that they can be saved, loaded and trained before the first query.
  states(encoder.unrolled ? 1 : 'T', createDropout(0))

  const weights = (): NamedTensors => new Map<string, Tensor>([[table.name, table.tensor], ...parameters.tensors])

  return {
    table,
    encoder,
    weights,
    load(loaded) {
      loadWeights(weights(), loaded)
    },
    async score(queries: readonly Query[], range: ItemRange): Promise<Float32Array> {
      const width = range.end - range.start
      const scores = new Float32Array(queries.length * width)
      for (const [length, rows] of byPaddedLength(queries, questions, maxLength)) {
        const program = await encoderAt(length)
        const product = await programs.compile({ products }, 'products')
        for (let start = 0; start < rows.length; start += SCORE_CHUNK) {
          const chunk = rows.slice(start, start + SCORE_CHUNK)
          // A product with one row is computed in another order than with several, and differs in its last bits.
          const size = Math.max(2, chunk.length)
          const items = new Int32Array(size * length)
          for (const [b, row] of chunk.entries()) {
            const { history } = queries[row]
            const end = (b + 1) * length - questions
            const recent = history.subarray(Math.max(0, history.length + questions - length))
            items.set(recent, end - recent.length)
            items.fill(MASKED, end, end + questions)
          }
          const last = { shape: [size], data: lastOfEach(size, length) }
          const encoded = await run(program, { ...batchFeeds(items, size, length), last })
          const block = await product.run({
            states: encoded.last,
            block: table.range(range.start, range.end),
          })
          const found = block.products.data as Float32Array
          for (const [b, row] of chunk.entries()) scores.set(found.subarray(b * width, (b + 1) * width), row * width)
        }
      }
      return scores
    },
    dispose: () => programs.dispose(),
    trainer({ loss: buildLoss, optimizer, dense, logitsPerTarget }) {
      const steps = new Map<Dim, ReturnType<typeof stepFor>>()
      /** The step over histories of one length, or of any. */
      const stepFor = (T: Dim) => {
        const dropout = createDropout(options.dropout)
        const { rows, states: all } = states(T, dropout)
        const objective = buildLoss(whole ? all : reshape(all, [multiplied('B', T), table.width]), table)
        // A batch may be run in parts, of which each adds its share.
        const loss = encoder.penalty
          ? add(objective.loss, multiply(encoder.penalty(), input('penaltyShare', [])))
          : objective.loss
        const reads = [gatheredRows(table, rows, 'ids'), ...objective.reads]
        return { dropout, objective, update: gradientStep({ loss, parameters, reads, optimizer, dense, programs }) }
      }
      const stepAt = (length: number) => {
        const T = encoder.unrolled ? length : 'T'
        const step = steps.get(T) ?? stepFor(T)
        steps.set(T, step)
        return step
      }
      const { state } = stepAt(1).update

      return {
        state,
        async step(batch, negatives, rng) {
          let total = 0
          for (const target of batch.targets) if (target !== 0) total++
          const { length } = batch
          const { dropout, objective, update } = stepAt(length)
          const asked = (ids: Int32Array, size: number) =>
            whole ? lastOfEach(size, length).map((place) => ids[place]) : ids
          const rowsAtOnce = Math.max(1, Math.floor(MAX_LOGITS / (whole ? logitsPerTarget : logitsPerTarget * length)))
          const partFrom = (start: number): Feeds => {
            const size = Math.min(rowsAtOnce, batch.size - start)
            const part = (ids: Int32Array) => ids.subarray(start * length, (start + size) * length)
            const own = rng.split('part', start)
            const targets = {
              items: asked(part(batch.targets), size),
              negatives: negatives && asked(part(negatives), size),
              total,
            }
            return {
              ...batchFeeds(part(batch.items), size, length),
              ...dropout.masks(own.split('dropout'), { B: size, T: length }),
              ...objective.feeds(targets, own.split('loss')),
              penaltyShare: { shape: [], data: Float32Array.of(size / batch.size) },
            }
          }
          function* parts() {
            for (let start = 0; start < batch.size; start += rowsAtOnce) yield partFrom(start)
          }
          const { loss } = await update.run(parts())
          return { loss }
        },
      }
    },
  }
}

/** Places of the last positions in a flattened batch [B·T]. */
function lastOfEach(size: number, length: number): Int32Array {
  return Int32Array.from({ length: size }, (_, b) => (b + 1) * length - 1)
}

/** Ids of rows of the table: PAD's, which is zero, where an item is masked. */
function unmasked(items: Int32Array): Int32Array {
  return items.includes(MASKED) ? items.map((id) => Math.max(0, id)) : items
}

/** The extent B·T of a flattened batch. */
function multiplied(B: string, T: Dim): Dim {
  return typeof T === 'number' ? `${T}*${B}` : `${B}*${T}`
}

/**
 * Rows of queries by the length that their own history and question are padded to: a power of two, or the most. Padding changes the last
 * bits of a score, so it must not depend on which queries share the call.
 */
function byPaddedLength(queries: readonly Query[], questions: number, maxLength: number): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const [row, { history }] of queries.entries()) {
    let length = 1
    while (length < history.length + questions) length *= 2
    length = Math.min(length, maxLength)
    const rows = groups.get(length)
    if (rows === undefined) groups.set(length, [row])
    else rows.push(row)
  }
  return groups
}
